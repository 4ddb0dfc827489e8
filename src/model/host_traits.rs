//! What an instance offers and a task needs beside CPU, memory, GPUs and ports: network interfaces (CON-20), platform
//! and capabilities of the agent (PLC-2).

use super::task_definition::{CpuArchitecture, OperatingSystem};

/// A set of processor architectures, operating systems and of what a whole agent can do, packed for scanning.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Platforms(u8);

impl Platforms {
    /// None: what a task needs that says nothing of its platform.
    pub const NONE: Platforms = Platforms(0);
    /// Every one: what an instance offers of which nothing is known.
    pub const ANY: Platforms = Platforms(0b1_1111);
    /// Every capability of a current agent.
    const EVERY_CAPABILITY: Platforms = Platforms(0b1_0000);

    /// This architecture.
    #[must_use]
    pub const fn of_architecture(architecture: CpuArchitecture) -> Platforms {
        match architecture {
            CpuArchitecture::X86_64 => Platforms(0b0001),
            CpuArchitecture::Arm64 => Platforms(0b0010),
        }
    }

    /// This operating system.
    #[must_use]
    pub const fn of_system(system: OperatingSystem) -> Platforms {
        match system {
            OperatingSystem::Linux => Platforms(0b0100),
            OperatingSystem::Windows => Platforms(0b1000),
        }
    }

    /// What is in either.
    #[must_use]
    pub const fn and(self, other: Platforms) -> Platforms {
        Platforms(self.0 | other.0)
    }

    /// What is here and not there.
    #[must_use]
    const fn without(self, other: Platforms) -> Platforms {
        Platforms(self.0 & !other.0)
    }

    /// Whether all of `needed` is here.
    #[must_use]
    pub const fn cover(self, needed: Platforms) -> bool {
        self.0 & needed.0 == needed.0
    }

    /// Whether an instance with these has every capability of a current agent.
    #[must_use]
    pub const fn have_every_capability(self) -> bool {
        self.cover(Platforms::EVERY_CAPABILITY)
    }
}

impl std::fmt::Debug for Platforms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Platforms({:#07b})", self.0)
    }
}

/// ECS_IMAGE_PULL_BEHAVIOR of an agent (INS-12).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ImagePullBehavior {
    /// Every start asks the registry; layers that are there are not transferred again.
    #[default]
    Default,
    /// The same; without the registry nothing starts.
    Always,
    /// An image is pulled once on an instance, and not asked for again.
    Once,
    /// An image that is there is taken as it is.
    PreferCached,
}

impl ImagePullBehavior {
    /// Whether the registry is asked for an image that is there.
    #[must_use]
    pub fn asks_again(self) -> bool {
        matches!(self, ImagePullBehavior::Default | ImagePullBehavior::Always)
    }
}

/// What a container instance offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostTraits {
    /// Its architecture, `None` if nothing is known of it: it then takes tasks of each.
    pub architecture: Option<CpuArchitecture>,
    /// Its operating system, likewise.
    pub operating_system: Option<OperatingSystem>,
    /// Capabilities of a current agent that its own agent lacks, such as `ecs.capability.container-ordering`.
    pub lacking_capabilities: Vec<String>,
    /// How many awsvpc tasks it can hold at once (CON-20); `None` where nothing is known of its interfaces.
    pub awsvpc_task_limit: Option<u32>,
    /// How many it holds: each has one of its network interfaces.
    pub awsvpc_tasks: u32,
    /// What its agent does about images that are there (INS-12).
    pub image_pull: ImagePullBehavior,
    /// Whether it has a trunk interface, which is made at every registration (INS-1).
    pub has_trunk: bool,
}

impl Default for HostTraits {
    /// An instance of which nothing is known: it takes every task.
    fn default() -> Self {
        HostTraits {
            architecture: None,
            operating_system: None,
            lacking_capabilities: Vec::new(),
            awsvpc_task_limit: None,
            awsvpc_tasks: 0,
            image_pull: ImagePullBehavior::Default,
            has_trunk: false,
        }
    }
}

impl HostTraits {
    /// What it can run.
    #[must_use]
    pub fn platforms(&self) -> Platforms {
        let both_architectures = Platforms::of_architecture(CpuArchitecture::X86_64)
            .and(Platforms::of_architecture(CpuArchitecture::Arm64));
        let both_systems =
            Platforms::of_system(OperatingSystem::Linux).and(Platforms::of_system(OperatingSystem::Windows));
        let whole = if self.lacking_capabilities.is_empty() {
            Platforms::ANY
        } else {
            Platforms::ANY.without(Platforms::EVERY_CAPABILITY)
        };
        let architecture = self.architecture.map_or(both_architectures, Platforms::of_architecture);
        let system = self.operating_system.map_or(both_systems, Platforms::of_system);
        whole.without(both_architectures).without(both_systems).and(architecture).and(system)
    }

    /// How many awsvpc tasks it can still take; the largest number stands for no known limit.
    #[must_use]
    pub fn free_interfaces(&self) -> u16 {
        let left =
            |limit: u32| u16::try_from(limit.saturating_sub(self.awsvpc_tasks)).unwrap_or(u16::MAX - 1);
        self.awsvpc_task_limit.map_or(u16::MAX, left)
    }

    /// Whether its agent has all of these capabilities.
    #[must_use]
    pub fn has_capabilities(&self, needed: &[String]) -> bool {
        !needed.iter().any(|name| self.lacking_capabilities.contains(name))
    }
}

/// What a task definition needs of a container instance.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaskNeeds {
    /// The architecture and operating system of its `runtimePlatform`, as far as it names them.
    pub platforms: Platforms,
    /// The attributes `ecs.capability.…` that its features need, ascending.
    pub capabilities: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: Platforms = Platforms::of_architecture(CpuArchitecture::Arm64);
    const X86: Platforms = Platforms::of_architecture(CpuArchitecture::X86_64);
    const WINDOWS: Platforms = Platforms::of_system(OperatingSystem::Windows);

    #[test]
    fn an_instance_of_which_nothing_is_known_takes_every_platform() {
        assert_eq!(HostTraits::default().platforms(), Platforms::ANY);
        assert!(HostTraits::default().platforms().cover(ARM.and(WINDOWS)));
    }

    #[test]
    fn an_instance_takes_its_own_architecture_and_system_only() {
        let graviton = HostTraits { architecture: Some(CpuArchitecture::Arm64), ..HostTraits::default() };
        let platforms = graviton.platforms();
        assert!(platforms.cover(ARM) && !platforms.cover(X86) && platforms.cover(Platforms::NONE));
        let linux = HostTraits { operating_system: Some(OperatingSystem::Linux), ..graviton };
        assert!(!linux.platforms().cover(WINDOWS) && linux.platforms().have_every_capability());
    }

    #[test]
    fn an_agent_that_lacks_something_has_the_rest() {
        let lacking_capabilities = vec!["ecs.capability.container-ordering".to_owned()];
        let old = HostTraits { lacking_capabilities, ..HostTraits::default() };
        assert!(!old.platforms().have_every_capability());
        assert!(old.has_capabilities(&["ecs.capability.task-eni".to_owned()]));
        assert!(!old.has_capabilities(&["ecs.capability.container-ordering".to_owned()]));
    }

    /// CON-20: 3 − 1 = 2 left; no limit is as good as the largest number.
    #[test]
    fn a_task_with_an_interface_of_its_own_leaves_one_less() {
        let limited = HostTraits { awsvpc_task_limit: Some(3), awsvpc_tasks: 1, ..HostTraits::default() };
        assert_eq!((limited.free_interfaces(), HostTraits::default().free_interfaces()), (2, u16::MAX));
    }
}
