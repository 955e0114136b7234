"""Questions over everybody: the tape (the log as Parquet), and conditions as SQL."""
