//! Nothing: the package names a dependency whose source is read.
