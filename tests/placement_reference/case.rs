//! One seed: a cluster, a sequence of decisions, and each judged.

use ecsim::model::InstanceId;
use ecsim::model::parameters::TieBreak;
use ecsim::model::reason::PlacementFailure;
use ecsim::policy::explain::{ExplanationSink, Note};
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
        let mut ties = Draw::new(seed << 8 | step);
        decision(&world, &asked.without_order(), &mut ties, reached).map_err(wrong)?;
        let decided = decision(&world, &asked, &mut ties, reached).map_err(wrong)?;
        if let Some(equals) = decided {
            let chosen = equals[draw.between(0, equals.len() as u64 - 1) as usize];
            tell(&format!("step {step}: it goes to {}", world.cluster.instance_name(chosen)));
            world.place(&asked, chosen);
        }
    }
    Ok(())
}

/// Judges one decision: the instances among which the program draws, none if it refuses.
fn decision(
    world: &World,
    asked: &Asked,
    ties: &mut Draw,
    reached: &mut Reached,
) -> Result<Option<Vec<InstanceId>>, String> {
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
    let (answer, drawn) = ask(world, asked, &mut |_, _| 0)?;
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
    note(reached, reference::way(world, asked));
    if world.tie_break == TieBreak::LowestInstanceId {
        let right = chosen == best[0] && drawn.is_empty();
        let what = || format!("{:?} is chosen by {drawn:?}, not {:?}", name(&[chosen]), name(&best[..1]));
        return if right { Ok(Some(vec![best[0]])) } else { Err(what()) };
    }
    // PLC-9: of several that are equally good, each by some sequence of draws.
    let slots: Vec<InstanceId> = match reference::is_dense(asked) {
        true => reference::in_pool(&all, asked.pool).map(|seen| seen.id).collect(),
        false => Vec::new(),
    };
    let tries = if slots.is_empty() { 0 } else { TRIES };
    let mut judge = |script: &mut dyn FnMut(usize, u32) -> u32| {
        let (answer, drawn) = ask(world, asked, script)?;
        let expected = by_definition(&slots, &best, &drawn, reached);
        let what = || format!("by {drawn:?} {answer:?} is chosen, not one of {:?}", name(&best));
        if expected.as_ref() == answer.as_ref().ok() { Ok(()) } else { Err(what()) }
    };
    for _ in 0..4 {
        judge(&mut |_, below| ties.between(0, u64::from(below) - 1) as u32)?;
    }
    let miss = slots.iter().position(|slot| !best.contains(slot));
    for (place, one) in best.iter().enumerate() {
        if let Some(at) = slots.iter().position(|slot| slot == one) {
            judge(&mut |_, _| at as u32)?;
        }
        if miss.is_some() || tries == 0 {
            let miss = miss.unwrap_or(0) as u32;
            judge(&mut |drawn, _| if drawn < tries { miss } else { place as u32 })?;
        }
    }
    Ok(Some(best))
}

/// How often a slot is drawn where many are equally good.
const TRIES: usize = 32;

/// What was drawn: below which number, and which.
type Drawn = Vec<(u32, u32)>;

/// Which of the best these draws choose; none if they are not those that are to be made. `slots` is empty where no slot is
/// to be drawn.
fn by_definition(
    slots: &[InstanceId],
    best: &[InstanceId],
    drawn: &Drawn,
    reached: &mut Reached,
) -> Option<InstanceId> {
    let (tried, rest) = drawn.split_at(drawn.len().min(if slots.is_empty() { 0 } else { TRIES }));
    if tried.iter().any(|(below, _)| *below as usize != slots.len()) {
        return None;
    }
    let hit = tried.iter().position(|(_, at)| best.contains(&slots[*at as usize]));
    if let Some(hit) = hit {
        // One that is not best for certain may be found to be so when all have been looked at.
        let ends = hit + 1 == tried.len();
        note(
            reached,
            if ends { "tie: ends with the first best drawn" } else { "tie: the first best drawn, later" },
        );
        return (rest.is_empty() && (ends || tried.len() == TRIES)).then(|| slots[tried[hit].1 as usize]);
    }
    if !slots.is_empty() && tried.len() < TRIES {
        return None;
    }
    note(reached, if slots.is_empty() { "tie: no slot is drawn" } else { "tie: none of the best is drawn" });
    match rest {
        [] if best.len() == 1 => Some(best[0]),
        [(below, place)] if best.len() > 1 && *below as usize == best.len() => Some(best[*place as usize]),
        _ => None,
    }
}

type Answer = Result<InstanceId, PlacementFailure>;

/// The program's answer where the n-th draw, counting from 0, below a number is `script(n, number)`, and what it drew.
/// Whether somebody wants to hear why must make no difference.
fn ask(
    world: &World,
    asked: &Asked,
    script: &mut dyn FnMut(usize, u32) -> u32,
) -> Result<(Answer, Drawn), String> {
    let (answer, drawn) = ask_one(world, asked, script, &mut ());
    let mut same = |at: usize, below: u32| match drawn.get(at) {
        Some((was_below, value)) if *was_below == below => *value,
        _ => below - 1,
    };
    let told = ask_one(world, asked, &mut same, &mut Vec::<Note>::new());
    match told == (answer.clone(), drawn.clone()) {
        true => Ok((answer, drawn)),
        false => Err(format!("{answer:?} by {drawn:?}, and {told:?} if somebody listens")),
    }
}

fn ask_one<S: ExplanationSink>(
    world: &World,
    asked: &Asked,
    script: &mut dyn FnMut(usize, u32) -> u32,
    sink: &mut S,
) -> (Answer, Drawn) {
    let mut drawn = Drawn::new();
    let pick = |below: u32| {
        let value = script(drawn.len(), below);
        drawn.push((below, value));
        value
    };
    let request = asked.request(&world.cluster);
    let answer = choose_instance(&world.cluster, &request, &mut Scratch::default(), pick, sink);
    (answer, drawn)
}
