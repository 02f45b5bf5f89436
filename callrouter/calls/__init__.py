"""What happens during a call: one task per call, one module per kind of step."""
