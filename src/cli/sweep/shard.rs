//! Which part of a sweep this process is to do: as told, or from the variables of an array job.

use crate::output::journal::Shard;

/// Reads an environment variable.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The array jobs that are known: their name, the variable with the index, with the lowest index, and with how many.
const ARRAY_JOBS: [(&str, &str, Option<&str>, Option<&str>); 4] = [
    ("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", None, Some("AWS_BATCH_JOB_ARRAY_SIZE")),
    ("a Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", None, None),
    ("Slurm", "SLURM_ARRAY_TASK_ID", Some("SLURM_ARRAY_TASK_MIN"), Some("SLURM_ARRAY_TASK_COUNT")),
    ("HyperQueue", "HQ_TASK_ID", None, None),
];

/// Reads `I/N`, `auto` or `auto/N`.
pub(super) fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let (index, of) = match text.split_once('/') {
        Some((index, of)) => (index, Some(number(of, "--shard: how many")?)),
        None => (text, None),
    };
    let shard = if index == "auto" {
        of_array_job(of, variable)?
    } else {
        let of = of.ok_or_else(|| format!("--shard {text}: give I/N, such as 3/40, or auto"))?;
        Shard { index: number(index, "--shard: which")?, of }
    };
    if shard.index >= shard.of {
        let Shard { index, of } = shard;
        return Err(format!(
            "--shard {index}/{of}: parts are numbered from 0, so the last of {of} is {}",
            of.saturating_sub(1)
        ));
    }
    Ok(shard)
}

fn of_array_job(of: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let found: Vec<_> = ARRAY_JOBS.iter().filter(|job| variable(job.1).is_some()).collect();
    let (name, index, lowest, size) = match found[..] {
        [one] => *one,
        [] => {
            let names = ARRAY_JOBS.map(|job| job.1).join(", ");
            return Err(format!("--shard auto: none of {names} is set; give --shard I/N"));
        }
        [one, other, ..] => {
            return Err(format!(
                "--shard auto: {} ({}) and {} ({}) are both set; give --shard I/N, or unset one",
                one.1, one.0, other.1, other.0
            ));
        }
    };
    let read = |name: &str| number(&variable(name).unwrap_or_default(), name);
    let lowest = match lowest {
        Some(lowest) => variable(lowest).map_or(Ok(0), |_| read(lowest))?,
        None => 0,
    };
    let own = size.filter(|size| variable(size).is_some()).map(read).transpose()?;
    let of = match (of, own) {
        (Some(of), Some(own)) if of != own => {
            return Err(format!("--shard auto/{of}: {name} says that there are {own} parts"));
        }
        (Some(of), _) | (None, Some(of)) => of,
        (None, None) => {
            return Err(format!(
                "--shard auto: {name} does not say how many parts there are; give --shard auto/N"
            ));
        }
    };
    let number = read(index)?;
    let place = number
        .checked_sub(lowest)
        .ok_or_else(|| format!("{index} is {number}, below the lowest, {lowest}"))?;
    Ok(Shard { index: place, of })
}

fn number(text: &str, what: &str) -> Result<u64, String> {
    let wrong = || format!("{what} is {text:?}: a whole number below a million is needed");
    text.trim().parse().ok().filter(|number| *number < 1_000_000).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(text: &str, variables: &[(&str, &str)]) -> Result<Shard, String> {
        parse(text, &|name| {
            variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_shard_is_told_as_its_number_of_how_many() {
        assert_eq!(auto("3/40", &[]), Ok(Shard { index: 3, of: 40 }));
        assert!(auto("40/40", &[]).unwrap_err().contains("the last of 40 is 39"));
        assert!(auto("3", &[]).unwrap_err().contains("3/40"));
        assert!(auto("x/4", &[]).is_err() && auto("0/0", &[]).is_err());
    }

    #[test]
    fn array_jobs_say_which_part_it_is() {
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "5")];
        assert_eq!(auto("auto", &batch), Ok(Shard { index: 2, of: 5 }));
        // Slurm's arrays may begin anywhere
        let slurm =
            [("SLURM_ARRAY_TASK_ID", "4"), ("SLURM_ARRAY_TASK_MIN", "1"), ("SLURM_ARRAY_TASK_COUNT", "8")];
        assert_eq!(auto("auto", &slurm), Ok(Shard { index: 3, of: 8 }));
        assert_eq!(auto("auto/7", &[("JOB_COMPLETION_INDEX", "0")]), Ok(Shard { index: 0, of: 7 }));
        assert_eq!(auto("auto/7", &[("HQ_TASK_ID", "6")]), Ok(Shard { index: 6, of: 7 }));
    }

    #[test]
    fn what_array_jobs_leave_open_or_contradict_is_refused() {
        assert!(auto("auto", &[]).unwrap_err().contains("none of AWS_BATCH_JOB_ARRAY_INDEX"));
        assert!(auto("auto", &[("HQ_TASK_ID", "1")]).unwrap_err().contains("auto/N"));
        let two = [("HQ_TASK_ID", "1"), ("SLURM_ARRAY_TASK_ID", "1")];
        assert!(auto("auto/4", &two).unwrap_err().contains("both set"));
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "5")];
        assert!(auto("auto/4", &batch).unwrap_err().contains("says that there are 5"));
    }
}
