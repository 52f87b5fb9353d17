"""A pymodbus slave: `slave.py tcp` on a free port, `slave.py rtu PORT LATE_SECONDS` or `slave.py twice PORT`.

Register r of unit 1 holds REGISTERS[r] if given there, else (257 * r + 13) mod 65536. Over RTU one
request in 20 is answered after LATE_SECONDS or a multiple of it, by then out of order. With `twice`, every tenth
answer is sent once more 5 to 300 ms later. Prints `ready [PORT]` once it listens.
"""

import asyncio
import sys

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTERS = {0: 0x0001, 1: 0xE240, 2: 0xFFFF, 3: 0xFB2E, 4: 22010, 5: 22000, 6: 21995, 7: 5000, 8: 1, 9: 0}
served = 0
late = 0.0
server = None


async def now_and_then_late(_function, _start, _address, _count, _registers, _values):
    global served
    if not late:
        return None
    served += 1
    if served % 20 == 0:
        # The server answers others meanwhile: the longer waits come out of order.
        await asyncio.sleep(late * (1, 2.5, 6)[served // 20 % 3])
    return None


def device():
    values = [REGISTERS.get(r, (257 * r + 13) % 65536) if late == 0 and sys.argv[1] != "twice" else (257 * r + 13) % 65536 for r in range(200)]
    return SimDevice(
        id=1, simdata=[SimData(0, values=values, datatype=DataType.REGISTERS)], action=now_and_then_late
    )


def now_and_then_twice(sending, frame):
    """Behind a repeater."""
    global served
    if sending:
        served += 1
        if served % 10 == 0:
            wait = (5, 11, 17, 29, 47, 83, 131, 197, 251, 300)[served // 10 % 10]
            asyncio.get_running_loop().call_later(wait / 1000, server.transport.write, frame)
    return frame


async def main():
    global late, server
    if sys.argv[1] == "tcp":
        server = ModbusTcpServer(device(), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        print("ready", server.transport.sockets[0].getsockname()[1], flush=True)
    else:
        twice = sys.argv[1] == "twice"
        late = 0.0 if twice else float(sys.argv[3])
        server = ModbusSerialServer(
            device(), port=sys.argv[2], baudrate=115200, trace_packet=now_and_then_twice if twice else None
        )
        await server.serve_forever(background=True)
        print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
