//! Deployment configurations and StopServiceDeployment, one behaviour at a time.
