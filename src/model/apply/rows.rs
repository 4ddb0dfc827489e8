//! The rows that placement reads, and what is kept in step with them. Nothing else writes a row.

use crate::model::instance::ContainerInstance;
use crate::model::placement::{BinpackField, PlacementRule, PlacementStrategy, leading_binpack};
use crate::model::task::Task;
use crate::model::views::{FreeOrder, FreeRow};
use crate::model::{Cluster, InstanceId, TaskGroupId};

impl Cluster {
    /// The row of an instance that is new.
    pub(super) fn add_row(&mut self, id: InstanceId) {
        let row = FreeRow { open: false, ..row_of(&self.instances[id]) };
        match self.free_rows.get_mut(id.slot()) {
            Some(of_one_that_is_forgotten) => *of_one_that_is_forgotten = row,
            None => self.free_rows.push(row),
        }
        self.refresh_row(id);
    }

    /// The instance has changed: its row becomes what it is now.
    pub(super) fn refresh_row(&mut self, id: InstanceId) {
        let row = row_of(&self.instances[id]);
        let before = std::mem::replace(&mut self.free_rows[id.slot()], row);
        for order in &mut self.free_orders {
            order.move_row(id.slot(), &before, &row);
        }
        if before.open != row.open {
            self.open_or_close(id, row.open);
        }
    }

    fn open_or_close(&mut self, id: InstanceId, opens: bool) {
        let ContainerInstance { pool, zone, ref tasks, .. } = self.instances[id];
        match opens {
            true => self.open_rows.open(pool, zone),
            false => self.open_rows.close(pool, zone),
        }
        let tasks = tasks.iter().map(|task| &self.tasks[*task]);
        let mut groups: Vec<TaskGroupId> =
            tasks.filter(|task| task.is_active()).map(|task: &Task| task.group).collect();
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            self.groups[group.index()].open_or_close(id.slot(), zone, opens);
        }
    }

    /// Keeps the instances in order of what they have free of a resource, from now on. Costs an update at each change of an
    /// instance, so it is for those who pack by it again and again.
    pub fn keep_order_by(&mut self, field: BinpackField) {
        if self.order_by(field).is_none() {
            let mut order = FreeOrder::new(field);
            for (slot, row) in self.free_rows.iter().enumerate() {
                order.move_row(slot, &FreeRow { open: false, ..*row }, row);
            }
            self.free_orders.push(order);
        }
    }

    /// Keeps the order, if any, by which somebody with these strategies is going to pack.
    pub fn keep_order_for(&mut self, rule: &PlacementRule, strategies: &[PlacementStrategy]) {
        if let (PlacementRule::Ecs, Some((_, field))) = (rule, leading_binpack(strategies)) {
            self.keep_order_by(field);
        }
    }
}

fn row_of(instance: &ContainerInstance) -> FreeRow {
    FreeRow {
        cpu: instance.free.cpu,
        memory_mib: instance.free.memory_mib,
        gpus: instance.free.gpus as u16,
        interfaces: instance.traits.free_interfaces(),
        platforms: instance.traits.platforms(),
        zone: instance.zone,
        open: instance.takes_tasks(),
    }
}
