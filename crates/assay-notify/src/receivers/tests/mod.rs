//! What receivers read, what they send, and what they make of answers. The golden payloads stand in `snapshots/`.

mod alertmanager;
mod hostile;
mod limits;
mod meanings;
mod parameters;
mod payloads;
mod retrain;
mod support;
mod webhook;
