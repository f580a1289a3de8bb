"""What Muster runs on: settings aside, everything between the operating system and the first line of SQL.

`postgres` and `valkey` run the embedded servers, `services` chooses between them and real ones, `tls` makes
certificates, `instance` guards the data folder, `supervise` keeps processes alive, `doctor` says what is
wrong. Nothing of the domain is imported here.
"""
