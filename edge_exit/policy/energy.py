"""What a frame costs the robot's battery: computing, sending, and listening for the answer.

Counted is what the robot would not have spent without the frame: the difference between computing
and resting while its segments run, joules for each bit that is sent, and the radio that is awake
while it sends and listens. So the energies of frames add up, whatever they overlap:

    mean power of the robot = idle_watts + joules a frame * frames a second

The defaults are published measurements:

- compute and idle: Raspberry Pi 4 B, 2.7 W at rest and 6.4 W with all four cores busy
  (pidramble.com/wiki/benchmarks/power-consumption). One core busy: 2.7 + (6.4 - 2.7) / 4 W.
- radio: Wi-Fi of a phone that sends, P = 283.17 mW per Mbit/s + 132.86 mW (Huang et al., "A Close
  Examination of Performance and Power Characteristics of 4G LTE Networks", MobiSys 2012, table 4).
  LTE there: 438.39 mW per Mbit/s + 1288.04 mW. Sending B bits takes B / rate seconds, so that the
  first is joules a bit and the second is watts while the radio is awake.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class EnergyModel:
    """Constants of one robot.

    :ivar compute_watts: of the whole robot computer while the network runs on it.
    :ivar idle_watts: of the same computer at rest.
    :ivar radio_watts: what the radio needs more while it is awake: sends, or listens for an answer.
    :ivar radio_joule_per_bit: what each bit needs beside that.
    :ivar tail_watts: what a server is charged with while it computes for the robot; 0 counts the
        robot's battery alone.
    """

    compute_watts: float = 3.625
    idle_watts: float = 2.7
    radio_watts: float = 0.13286
    radio_joule_per_bit: float = 283.17e-9
    tail_watts: float = 0.0

    def of_frame(self, head_s, wire_bytes, link_bps, wait_s, tail_s=0.0):
        """Give the energy of one frame, J; numbers or arrays that broadcast.

        :param head_s: computing on the robot, s.
        :param wire_bytes: bytes sent; 0 if the frame stayed.
        :param link_bps: what the link carries, bits a second; not looked at where nothing is sent.
        :param wait_s: from the last bit sent to the answer, s; 0 if the frame stayed.
        :param tail_s: computing at the tail, s.
        """
        bits = 8.0 * wire_bytes
        airtime = bits / np.where(bits > 0, link_bps, np.inf)
        computing = np.maximum(self.compute_watts - self.idle_watts, 0.0) * head_s
        radio = self.radio_joule_per_bit * bits + self.radio_watts * (airtime + wait_s)
        return computing + radio + self.tail_watts * tail_s
