"""What programs run on: devices, transfers, and compiled executables."""
