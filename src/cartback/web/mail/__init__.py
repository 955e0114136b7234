"""Where the links of mails lead: people without an account, who hold a signed token."""
