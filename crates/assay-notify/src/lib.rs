//! Alert decisions, pure: which verdicts of a run open, change and resolve an incident.
