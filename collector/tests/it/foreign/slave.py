"""A pymodbus slave: `slave.py tcp` on a free port, or `slave.py rtu PORT LATE_SECONDS`.

Register r of unit 1 holds REGISTERS[r] if given there, else (257 * r + 13) mod 65536. Over RTU one
request in 20 is answered after LATE_SECONDS or a multiple of it, by then out of order. Prints `ready [PORT]` once it listens.
"""

import asyncio
import sys

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTERS = {0: 0x0001, 1: 0xE240, 2: 0xFFFF, 3: 0xFB2E, 4: 22010, 5: 22000, 6: 21995, 7: 5000, 8: 1, 9: 0}
served = 0
late = 0.0


async def now_and_then_late(_function, _start, _address, _count, _registers, _values):
    global served
    served += 1
    if late and served % 20 == 0:
        # The server answers others meanwhile: the longer waits come out of order.
        await asyncio.sleep(late * (1, 2.5, 6)[served // 20 % 3])
    return None


def device():
    values = [REGISTERS.get(r, (257 * r + 13) % 65536) if late == 0 else (257 * r + 13) % 65536 for r in range(200)]
    return SimDevice(
        id=1, simdata=[SimData(0, values=values, datatype=DataType.REGISTERS)], action=now_and_then_late
    )


async def main():
    global late
    if sys.argv[1] == "tcp":
        server = ModbusTcpServer(device(), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        print("ready", server.transport.sockets[0].getsockname()[1], flush=True)
    else:
        late = float(sys.argv[3])
        server = ModbusSerialServer(device(), port=sys.argv[2], baudrate=115200)
        await server.serve_forever(background=True)
        print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
