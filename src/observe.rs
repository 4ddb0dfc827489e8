//! Observers: they see each change and write elsewhere.
