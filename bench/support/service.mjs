import { once } from 'node:events';
import { startProgram } from './program.mjs';

/** A Fastify service under load from another process. */
export class Service {
  static async start(options, flags, env = {}) {
    const program = startProgram(options, flags, 'fastify.mjs', { env, ipc: true });
    const [{ port }] = await once(program.child, 'message');
    return new Service(program, port);
  }

  constructor(program, port) {
    this.program = program;
    this.port = port;
  }

  /** The CPU time of all its threads so far, microseconds. */
  async cpuTime() {
    const { cpu } = await ask(this.program, {});
    return cpu.user + cpu.system;
  }

  end() {
    return this.program.end();
  }
}

/** What makes the load. Runs on this node, whatever the services run on. */
export class Loader {
  #program = startProgram({ node: process.execPath }, [], 'loader.mjs', { ipc: true });

  /** @returns {Promise<{ requests: number, milliseconds: number }>} */
  load(service, milliseconds) {
    return ask(this.#program, { port: service.port, milliseconds });
  }

  end() {
    return this.#program.end();
  }
}

async function ask(program, message) {
  const answer = once(program.child, 'message');
  program.child.send(message);
  const gone = program.exited.then(() => {
    throw new Error(`a program ended early: ${program.stderr()}`);
  });
  const [reply] = await Promise.race([answer, gone]);
  return reply;
}
