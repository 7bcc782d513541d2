// Compiled with its map and its text inline: no file but the compiled one is needed.
import { writeSync } from 'node:fs';

interface Engine {
  readonly name: string;
  turns: number;
}

function spin(engine: Engine): never {
  writeSync(1, 'ready\n');
  for (;;) { // @spin
    engine.turns++;
  }
}

class Service<T extends Engine> {
  private readonly engine: T;

  constructor(engine: T) {
    this.engine = engine;
  }

  run(): void {
    spin(this.engine); // @run
  }
}

setImmediate(() => {
  new Service({ name: 'inline', turns: 0 }).run(); // @start
});
