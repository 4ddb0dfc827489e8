/** The cluster at any time: what is where, in which state. A state holds from its time on, with all that happens at that time. */

/** States of a task that ECS has not ended, as the picture draws them. */
export const KINDS = {
  PROVISIONING: "pending", PENDING: "pending", ACTIVATING: "pending", RUNNING: "running", UNHEALTHY: "unhealthy",
  STOPPING: "stopping", DEACTIVATING: "stopping", DEPROVISIONING: "stopping",
};

/** The last state at or before a time; null before the first. */
export function stateAt(states, t) {
  let [low, high] = [0, states.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (states[middle][0] <= t) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : states[low - 1][1];
}

/** Everything that is there at a time. */
export function snapshot(cluster, t) {
  const tasks = [];
  cluster.tasks.forEach((task, index) => {
    const state = stateAt(task.states, t);
    const kind = KINDS[state];
    if (kind) tasks.push({ task, index, state, kind });
  });
  const instances = [];
  cluster.instances.forEach((instance, index) => {
    const state = stateAt(instance.states, t);
    if (state && state !== "GONE") instances.push({ instance, index, state });
  });
  return { t, tasks, instances };
}

/** Tasks by service and kind, instances by state. */
export function counts(cluster, { tasks, instances }) {
  const services = new Map(cluster.services.map((name) => [name, { running: 0, pending: 0, stopping: 0 }]));
  const alone = { running: 0, pending: 0, stopping: 0 };
  for (const { task, kind } of tasks) {
    const of = task.service === null || task.service === undefined ? alone : services.get(cluster.services[task.service]);
    of[kind === "unhealthy" ? "running" : kind] += 1;
  }
  const states = new Map();
  for (const { state } of instances) states.set(state, (states.get(state) ?? 0) + 1);
  return { services, alone, states };
}

/** Times at which something happens, ascending and without doubles. */
export function moments(cluster) {
  const times = new Set(cluster.events.map((event) => event.t));
  return [...times].sort((a, b) => a - b);
}

/** Revisions of each service in the order in which they came: the newest has the full colour. */
export function revisions(cluster) {
  const order = new Map();
  for (const task of cluster.tasks) {
    const list = order.get(task.group) ?? [];
    if (!list.includes(task.revision)) list.push(task.revision);
    order.set(task.group, list);
  }
  return (task) => {
    const list = order.get(task.group);
    return list.length - 1 - list.indexOf(task.revision);
  };
}
