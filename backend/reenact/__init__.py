"""Re-enactment: real crowd answers lived again through the public API, as a client and nothing more."""
