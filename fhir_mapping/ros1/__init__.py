"""From one Observation to its ROS1 results, and from all results to one ROS1 status."""
