//! The processes of a group that can be suspended (SuspendProcesses).

/// A process of an Auto Scaling group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Process {
    /// Launches instances.
    Launch,
    /// Terminates instances, whatever the cause but a request.
    Terminate,
    /// Finds instances unhealthy (ASG-4).
    HealthCheck,
    /// Replaces instances that were found unhealthy (ASG-4).
    ReplaceUnhealthy,
    /// Brings zones back into balance (ASG-2).
    AzRebalance,
    /// Hears the alarms of scaling policies, those of managed scaling among them (CAS-8, CAS-10).
    AlarmNotification,
    /// Does what PutScheduledUpdateGroupAction planned.
    ScheduledActions,
    /// Registers instances with load balancers of the group; groups of this model have none.
    AddToLoadBalancer,
    /// Goes on with an instance refresh.
    InstanceRefresh,
}

impl Process {
    /// Every process.
    pub const ALL: [Process; 9] = [
        Process::Launch,
        Process::Terminate,
        Process::HealthCheck,
        Process::ReplaceUnhealthy,
        Process::AzRebalance,
        Process::AlarmNotification,
        Process::ScheduledActions,
        Process::AddToLoadBalancer,
        Process::InstanceRefresh,
    ];

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Process::Launch => "Launch",
            Process::Terminate => "Terminate",
            Process::HealthCheck => "HealthCheck",
            Process::ReplaceUnhealthy => "ReplaceUnhealthy",
            Process::AzRebalance => "AZRebalance",
            Process::AlarmNotification => "AlarmNotification",
            Process::ScheduledActions => "ScheduledActions",
            Process::AddToLoadBalancer => "AddToLoadBalancer",
            Process::InstanceRefresh => "InstanceRefresh",
        }
    }
}

/// A set of processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Processes(u16);

impl Processes {
    /// Whether `process` is one of them.
    #[must_use]
    pub fn contains(self, process: Process) -> bool {
        self.0 >> process as u16 & 1 == 1
    }

    /// These and `process`.
    #[must_use]
    pub fn with(self, process: Process) -> Processes {
        Processes(self.0 | 1 << process as u16)
    }

    /// These but for `process`.
    #[must_use]
    pub fn without(self, process: Process) -> Processes {
        Processes(self.0 & !(1 << process as u16))
    }

    /// The set as a number, a bit a process.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }
}
