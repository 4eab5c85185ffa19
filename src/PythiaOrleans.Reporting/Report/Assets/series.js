kinds.series = { training: true }; // lines along training
