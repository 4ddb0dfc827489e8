//! One seed: a cluster, a sequence of decisions, and each judged.

use ecsim::model::InstanceId;
use ecsim::model::parameters::TieBreak;
use ecsim::model::reason::PlacementFailure;
use ecsim::policy::placement::{Scratch, choose_instance, filter};

use super::Reached;
use super::draw::Draw;
use super::reference::{self, note};
use super::request::Asked;
use super::world::World;

/// Draws the case of a seed and judges its decisions; the error says which one is wrong and what would be right.
pub fn judge(seed: u64, reached: &mut Reached, tell: &mut dyn FnMut(&str)) -> Result<(), String> {
    let mut draw = Draw::new(seed);
    let mut world = World::drawn(&mut draw);
    for (_, instance) in world.cluster.instances.iter() {
        tell(&format!("{instance:?}"));
    }
    for step in 0..draw.between(8, 30) {
        if draw.percent(35) {
            let happened = world.something_happens(&mut draw);
            tell(&format!("step {step}: {happened}"));
            continue;
        }
        let asked = Asked::drawn(&mut draw, &world);
        tell(&format!("step {step}: {asked:?}"));
        let wrong = |what: String| format!("step {step}, {asked:?}: {what}");
        decision(&world, &asked.without_order(), reached).map_err(wrong)?;
        let decided = decision(&world, &asked, reached).map_err(wrong)?;
        if let Some(equals) = decided {
            let chosen = equals[draw.between(0, equals.len() as u64 - 1) as usize];
            tell(&format!("step {step}: it goes to {}", world.cluster.instance_name(chosen)));
            world.place(&asked, chosen);
        }
    }
    Ok(())
}

/// Judges one decision: the instances among which the program draws, none if it refuses.
fn decision(world: &World, asked: &Asked, reached: &mut Reached) -> Result<Option<Vec<InstanceId>>, String> {
    let cluster = &world.cluster;
    let request = asked.request(cluster);
    let all = reference::look(world);
    let failed: Vec<_> = all.iter().map(|seen| reference::failures(world, asked, seen, reached)).collect();
    for (seen, failures) in all.iter().zip(&failed) {
        let found = filter::first_failure(cluster, &request, seen.id);
        if found != failures.first().copied() {
            return Err(format!("{} falls at {found:?}, not at {:?}", seen.name, failures.first()));
        }
        if let Some(first) = found {
            note(reached, &format!("fell: {}", first.code()));
        }
    }
    let qualified: Vec<_> =
        all.iter().zip(&failed).filter(|(_, failures)| failures.is_empty()).map(|(seen, _)| seen).collect();
    let qualify = qualified.len();
    let best: Vec<InstanceId> =
        reference::best(world, asked, &all, qualified, reached).into_iter().map(|seen| seen.id).collect();
    let (answer, among) = ask(world, asked, 0);
    let chosen = match answer {
        Ok(chosen) => chosen,
        Err(failure) if best.is_empty() => {
            let expected = reference::failure(&all, &failed, reached);
            note(reached, &format!("refused: {}", expected.reason.code()));
            let found = reference::Failure {
                reason: failure.reason,
                fell: failure.fell.iter().copied().collect(),
                closest: failure.closest,
            };
            let same = found == expected && failure.considered as usize == all.len();
            return if same { Ok(None) } else { Err(format!("refused with {failure:?}, not {expected:?}")) };
        }
        Err(failure) => return Err(format!("refused with {failure:?}, and {} qualify", best.len())),
    };
    let name =
        |ids: &[InstanceId]| -> Vec<String> { ids.iter().map(|id| cluster.instance_name(*id)).collect() };
    if best.is_empty() {
        return Err(format!("{:?} is chosen, and none qualifies: {failed:?}", name(&[chosen])));
    }
    note(
        reached,
        match (qualify, best.len()) {
            (1, _) => "placed: the only one that qualifies",
            (_, 1) => "placed: the only best of several",
            _ => "placed: one of several that are equally good",
        },
    );
    // PLC-9: a draw among the best, or the first of them.
    let drawn = match (world.tie_break, best.len()) {
        (TieBreak::LowestInstanceId, _) | (_, 1) => vec![best[0]],
        (TieBreak::SeededRandom, _) => best.clone(),
    };
    let asked_for = (drawn.len() > 1).then_some(drawn.len() as u32);
    if among != asked_for || chosen != drawn[0] {
        return Err(format!(
            "{:?} is chosen by a draw below {among:?}, not one of {:?}",
            name(&[chosen]),
            name(&drawn)
        ));
    }
    for (place, expected) in drawn.iter().enumerate().skip(1) {
        let (answer, _) = ask(world, asked, place as u32);
        if answer.as_ref() != Ok(expected) {
            return Err(format!("draw {place} is answered with {answer:?}, not one of {:?}", name(&drawn)));
        }
    }
    Ok(Some(drawn))
}

/// The program's answer where its draw is `drawn`, and below which number it drew.
fn ask(world: &World, asked: &Asked, drawn: u32) -> (Result<InstanceId, PlacementFailure>, Option<u32>) {
    let mut among = None;
    let pick = |equals: u32| {
        among = Some(equals);
        drawn
    };
    let request = asked.request(&world.cluster);
    let answer = choose_instance(&world.cluster, &request, &mut Scratch::default(), pick, &mut ());
    (answer, among)
}
