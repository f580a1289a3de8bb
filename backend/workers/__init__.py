"""In its own time: jobs, subscriptions, the sequencer and the sweepers."""
