"""How often a robot does what no message asks for, s."""

# Link quality is published, and a change of a tail's state is noticed.
LINK_QUALITY = 0.2
# The head looks whether its policy still speaks.
WATCHDOG = 0.1
# The head asks whether to probe its link.
PROBING = 0.025
