//! Time, queue, arena, random streams and distributions: the part that knows no ECS.

pub mod dist;
