//! Work on all cores, results in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Jobs in flight for each thread: enough to even out unequal jobs, few enough to keep memory flat.
const WINDOW_PER_THREAD: usize = 16;

/// Does jobs `0..count` on `threads` threads (0: one per core) and hands each result to `consume` in the order of
/// the jobs. At most a bounded window of results is kept.
///
/// # Errors
/// The first error of `consume`, or of starting the threads; later jobs are then not begun.
pub fn in_order<T, E>(
    count: usize,
    threads: usize,
    job: impl Fn(usize) -> T + Sync,
    mut consume: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    E: From<rayon::ThreadPoolBuildError>,
{
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let window = pool.current_num_threads() * WINDOW_PER_THREAD;
    let mut next = 0;
    while next < count {
        let end = count.min(next + window);
        // One job at a time to a thread: jobs are long and unequal.
        let results: Vec<T> =
            pool.install(|| (next..end).into_par_iter().with_max_len(1).map(&job).collect());
        for (offset, result) in results.into_iter().enumerate() {
            consume(next + offset, result)?;
        }
        next = end;
    }
    Ok(())
}

/// Does jobs `0..count` on `threads` threads (0: one per core), each thread the next one that nobody has begun. Results
/// are the jobs' own business, in any order.
///
/// # Errors
/// The first error of a job, or of starting the threads; later jobs are then not begun.
pub fn each<E>(count: usize, threads: usize, job: impl Fn(usize) -> Result<(), E> + Sync) -> Result<(), E>
where
    E: Send + From<rayon::ThreadPoolBuildError>,
{
    each_with(count, threads, || (), |(), index| job(index))
}

/// The same with something of its own for each thread, which its jobs hand on.
///
/// # Errors
/// As [`each`].
pub fn each_with<S, E>(
    count: usize,
    threads: usize,
    begin: impl Fn() -> S + Sync,
    job: impl Fn(&mut S, usize) -> Result<(), E> + Sync,
) -> Result<(), E>
where
    E: Send + From<rayon::ThreadPoolBuildError>,
{
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = |_: rayon::BroadcastContext<'_>| {
        let mut own = begin();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            if let Err(error) = job(&mut own, index) {
                next.store(count, Ordering::Relaxed);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                return;
            }
        }
    };
    pool.broadcast(work);
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let mut seen = Vec::new();
            let done: Result<(), rayon::ThreadPoolBuildError> = in_order(
                500,
                threads,
                |job| job * job,
                |job, result| {
                    seen.push((job, result));
                    Ok(())
                },
            );
            assert!(done.is_ok());
            assert!(seen.iter().enumerate().all(|(n, pair)| *pair == (n, n * n)) && seen.len() == 500);
        }
    }

    #[test]
    fn each_job_is_done_once_and_none_begins_after_a_failure() {
        #[derive(Debug, PartialEq)]
        struct Stop(usize);
        impl From<rayon::ThreadPoolBuildError> for Stop {
            fn from(error: rayon::ThreadPoolBuildError) -> Self {
                panic!("{error}")
            }
        }
        let done: Vec<AtomicUsize> = (0..500).map(|_| AtomicUsize::new(0)).collect();
        let count = |job: usize| {
            done[job].fetch_add(1, Ordering::Relaxed);
            if job == 300 { Err(Stop(job)) } else { Ok(()) }
        };
        assert_eq!(each(300, 3, count), Ok(()));
        assert!(done[..300].iter().all(|times| times.load(Ordering::Relaxed) == 1));
        assert_eq!(each(500, 1, count), Err(Stop(300)));
        assert!(done[301..].iter().all(|times| times.load(Ordering::Relaxed) == 0));
    }
}
