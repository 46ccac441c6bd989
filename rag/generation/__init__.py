"""From passages to an answer in the making: prompts and engines."""
