-- Of two that say the same thing the one written down last counts, then the one of the higher event id: bits from 192 and from 64 on.
bitShiftLeft(toUInt256(toUnixTimestamp64Micro(recorded_at) + 4503599627370496), 192) + bitShiftLeft(toUInt256(toUInt128(event_id)), 64)
