import { randomUUID } from 'node:crypto';
import type { Action, PowerState, StepName, TaskResult } from '../protocol.js';

/** A bare-metal server that somebody asked for. */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  status: 'building' | 'active' | 'error';
  powerState: PowerState;
  /** The machine; `null` until one is allocated. */
  node: string | null;
  imageChecksum: string | null;
  /** What went wrong last. */
  fault: string | null;
  readonly createdAt: Date;
  task: ServerTask | null;
}

/** What is being done to a server. */
export interface ServerTask {
  action: Action;
  /** `null` while no engine has begun. */
  step: StepName | null;
  attempt: number;
  enginePid: number | null;
  /** Of `performance.now()`. */
  startedAt: number;
}

/** The servers, in memory. What arrives about a server that was deleted meanwhile is ignored. */
export class ServerStore {
  readonly #servers = new Map<string, Server>();

  get size(): number {
    return this.#servers.size;
  }

  list(): Server[] {
    return [...this.#servers.values()];
  }

  get(id: string): Server | undefined {
    return this.#servers.get(id);
  }

  findByName(name: string): Server | undefined {
    return this.list().find((server) => server.name === name);
  }

  create(name: string, image: string): Server {
    const server: Server = {
      id: randomUUID(),
      name,
      image,
      status: 'building',
      powerState: 'off',
      node: null,
      imageChecksum: null,
      fault: null,
      createdAt: new Date(),
      task: null,
    };
    this.#servers.set(server.id, server);
    this.begin(server, 'build');
    return server;
  }

  remove(id: string): void {
    this.#servers.delete(id);
  }

  begin(server: Server, action: Action): void {
    server.fault = null;
    server.task = { action, step: null, attempt: 0, enginePid: null, startedAt: performance.now() };
  }

  progress(id: string, at: Pick<ServerTask, 'step' | 'attempt' | 'enginePid'>): void {
    const task = this.#servers.get(id)?.task;
    if (task) Object.assign(task, at);
  }

  finish(id: string, result: TaskResult): void {
    const server = this.#servers.get(id);
    if (!server) return;
    server.status = 'active';
    server.node = result.node;
    server.powerState = result.powerState;
    server.imageChecksum = result.imageChecksum ?? server.imageChecksum;
    server.task = null;
  }

  fail(id: string, reason: string): void {
    const server = this.#servers.get(id);
    if (!server) return;
    // A server that was built and only did not obey its power button is still what it was.
    if (server.status === 'building') server.status = 'error';
    server.fault = reason;
    server.task = null;
  }
}
