import type { FastifyInstance } from 'fastify';
import type { EnginePool } from './engine-pool.js';

/** `GET /healthz`: 200 while an engine can take work, else 503. */
export function healthRoutes(app: FastifyInstance, engines: EnginePool): void {
  app.get('/healthz', async (_request, reply) => {
    const status = engines.status;
    const healthy = status.some((engine) => engine.ready);
    return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'no engine', engines: status });
  });
}
