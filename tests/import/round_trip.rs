//! A cluster that is exported as describe answers and imported again goes on with the same tasks in the same places.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ecsim::experiment::state::cluster_at;
use ecsim::import::assemble::{Wishes, assemble};
use ecsim::import::aws_cli;
use ecsim::kernel::time::SimTime;
use ecsim::model::Cluster;
use ecsim::model::task::{Host, TaskStatus};
use ecsim::output::export::Setting;
use ecsim::output::export::describe::describe;
use ecsim::scenario::plan::{Plan, Source};

/// Scenarios whose clusters hold something that no describe answer brings back, and what.
const CANNOT: [(&str, &str); 2] = [
    (
        "managed-instances",
        "instances of Managed Instances belong to no group that could hold them at time zero",
    ),
    ("deployment-controllers", "task sets are somebody else's, and only their services are imported"),
];

/// How many tasks of which group and revision are on the instance or in the zone. How far those are that are not RUNNING yet is
/// not kept: their way up begins anew.
type Places = BTreeMap<(String, String, String), usize>;

fn places(cluster: &Cluster) -> Places {
    let mut places = Places::new();
    for (_, task) in cluster.tasks.iter() {
        let host = match task.host {
            Host::Instance(instance) => cluster.instance_name(instance),
            Host::Fargate(zone) => cluster.zones[zone.index()].name.clone(),
            Host::Unplaced(_) => continue,
        };
        if task.is_active() && task.last_status <= TaskStatus::Running {
            let definition = cluster.task_definition(task.task_definition).name();
            *places.entry((cluster.group(task.group).name.clone(), definition, host)).or_default() += 1;
        }
    }
    places
}

/// Exports the scenario at an instant and imports what was written.
fn there_and_back(path: &Path, seconds: u64) -> (Places, Places, String) {
    let plan =
        Plan::load(&Source::File(path.to_owned()), &[], None).unwrap_or_else(|rejected| panic!("{rejected}"));
    let setup = plan.base_setup().unwrap();
    let cluster = cluster_at(&setup, 0, SimTime(seconds * 1000)).unwrap();
    let setting = Setting {
        region: plan.scenario.world.region.clone(),
        cluster: cluster.name.clone(),
        starts_at: plan.scenario.starts_at.parse().unwrap(),
    };
    let directory = tempfile::tempdir().unwrap();
    for file in describe(&plan.scenario, &cluster, &setting) {
        fs::write(directory.path().join(&file.name), &file.text).unwrap();
    }
    let mut gathered = aws_cli::gather(&[directory.path().to_owned()]).unwrap();
    let wishes = Wishes { made_with: "test".to_owned(), ..Wishes::default() };
    let made = assemble(&mut gathered, &wishes).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let again = Plan::load(&Source::Text("imported".to_owned(), made.yaml.clone()), &[], None).unwrap();
    let setup = again.base_setup().unwrap();
    // The scheduler looks a second later.
    let standing = setup.standing.clone().expect("tasks are told of");
    let back = cluster_at(&ecsim::engine::Setup { timeline: Vec::new(), ..setup }, 0, SimTime::ZERO).unwrap();
    let count: usize =
        standing.services.iter().flat_map(|of| &of.revisions).map(|(_, tasks)| tasks.len()).sum();
    let alone: usize = standing.standalone.iter().map(|run| run.tasks.len()).sum();
    let (before, after) = (places(&cluster), places(&back));
    let all = before.values().sum::<usize>();
    assert_eq!(
        count + alone,
        all,
        "{} at {seconds} s: {before:#?}\n{:#?}\n{}",
        path.display(),
        made.left_out,
        made.yaml
    );
    (before, after, made.yaml)
}

fn check(name: &str, instants: &[u64]) -> usize {
    let path = Path::new("scenarios").join(format!("{name}.yaml"));
    let mut tasks = 0;
    for seconds in instants {
        let (before, after, yaml) = there_and_back(&path, *seconds);
        for (place, count) in &before {
            assert!(
                after.get(place) >= Some(count),
                "{name} at {seconds} s: {count} at {place:?}, found {after:#?}\n{yaml}"
            );
        }
        tasks += before.values().sum::<usize>();
    }
    tasks
}

#[test]
fn every_scenario_comes_back_as_it_was() {
    let mut tasks = 0;
    let mut names: Vec<String> = fs::read_dir("scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in names.iter().filter(|name| !CANNOT.iter().any(|(cannot, _)| cannot == name)) {
        tasks += check(name, &[1800, 5400]);
    }
    assert!(tasks > 500, "{tasks} tasks were compared");
}

/// The deployment of the quickstart begins at 9 h; a minute later both revisions have tasks.
#[test]
fn a_cluster_in_the_midst_of_a_deployment_comes_back_with_both_revisions() {
    let mut both = 0;
    for seconds in (32_400..32_700).step_by(20) {
        let (before, after, yaml) = there_and_back(Path::new("scenarios/quickstart.yaml"), seconds);
        let revisions = |places: &Places| {
            let all = places
                .keys()
                .filter(|(group, ..)| group == "service:web")
                .map(|(_, revision, ..)| revision.clone());
            all.collect::<std::collections::BTreeSet<_>>()
        };
        assert!(
            before.iter().all(|(place, count)| after.get(place) >= Some(count)),
            "{before:#?} {after:#?}\n{yaml}"
        );
        both += usize::from(revisions(&before).len() == 2);
    }
    assert!(both > 0, "no instant had tasks of both revisions");
}
