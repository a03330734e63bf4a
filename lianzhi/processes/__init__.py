"""The programs of the platform's processes: `python -m lianzhi.processes.<role> --home HOME`."""
