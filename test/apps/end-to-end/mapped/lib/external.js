// Compiled with a map in a file of its own, without its text: that is read from here.
import { writeSync } from 'node:fs';
export async function spin(turns) {
    await new Promise((resolve) => setImmediate(resolve));
    writeSync(1, 'ready\n');
    for (;;) { // @spin
        turns.count++;
    }
}
async function run() {
    await spin({ count: 0 }); // @run
}
void run();
//# sourceMappingURL=external.js.map