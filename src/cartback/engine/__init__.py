"""Use cases, one transaction each. The engine decides nothing that a rule of the domain decides."""
