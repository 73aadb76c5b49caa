"""Scripts that want to crash, hang or fill the simulator, and a process to watch them from."""
