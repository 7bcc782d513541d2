import type { FastifyInstance } from 'fastify';
import type { Action, PowerState } from '../protocol.js';
import type { EnginePool } from './engine-pool.js';
import { HttpError } from './http-error.js';
import { buildSchema, idSchema, listSchema, powerSchema } from './server-schemas.js';
import type { Server, ServerStore } from './server-store.js';
import { toBody } from './server-body.js';

export interface ServerRoutesOptions {
  servers: ServerStore;
  engines: EnginePool;
  maxServers: number;
}

interface ById {
  Params: { id: string };
}

/** `/v1/servers`: list, show, build, power on and off, delete. */
export function serverRoutes(
  app: FastifyInstance,
  { servers, engines, maxServers }: ServerRoutesOptions,
): void {
  app.get<{ Querystring: { status?: Server['status'] } }>(
    '/v1/servers',
    { schema: listSchema },
    async (request) => {
      const { status } = request.query;
      const wanted = servers.list().filter((server) => status === undefined || server.status === status);
      return { servers: wanted.map(toBody) };
    },
  );

  app.get<ById>('/v1/servers/:id', { schema: idSchema }, async (request) => toBody(find(request.params.id)));

  app.post<{ Body: { name: string; image: string } }>(
    '/v1/servers',
    { schema: buildSchema },
    async (request, reply) => {
      const { name, image } = request.body;
      if (servers.findByName(name)) throw new HttpError(409, `there is a server named ${name} already`);
      if (servers.size >= maxServers)
        throw new HttpError(403, `there are ${maxServers} servers, which is the limit`);
      const server = servers.create(name, image);
      dispatch(server, 'build');
      return reply.code(202).header('location', `/v1/servers/${server.id}`).send(toBody(server));
    },
  );

  app.put<ById & { Body: { state: PowerState } }>(
    '/v1/servers/:id/power',
    { schema: powerSchema },
    async (request, reply) => {
      const server = find(request.params.id);
      if (server.status !== 'active') throw new HttpError(409, `server ${server.name} is ${server.status}`);
      if (server.task) throw new HttpError(409, `server ${server.name} is busy: ${server.task.action}`);
      const action = request.body.state === 'on' ? 'power on' : 'power off';
      servers.begin(server, action);
      dispatch(server, action);
      return reply.code(202).send(toBody(server));
    },
  );

  app.delete<ById>('/v1/servers/:id', { schema: idSchema }, async (request, reply) => {
    const server = find(request.params.id);
    engines.cancel(server.id);
    servers.remove(server.id);
    return reply.code(204).send();
  });

  function find(id: string): Server {
    const server = servers.get(id);
    if (!server) throw new HttpError(404, `there is no server ${id}`);
    return server;
  }

  function dispatch(server: Server, action: Action): void {
    engines.submit({
      id: server.id,
      action,
      serverName: server.name,
      image: server.image,
      node: server.node,
    });
  }
}
