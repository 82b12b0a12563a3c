mod digests;
mod mute;
mod routing;
