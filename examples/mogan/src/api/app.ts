import Fastify, { type FastifyInstance } from 'fastify';
import { debugRoutes } from './debug-routes.js';
import type { EnginePool } from './engine-pool.js';
import { healthRoutes } from './health-routes.js';
import type { ServerStore } from './server-store.js';
import { serverRoutes } from './server-routes.js';

export interface AppOptions {
  servers: ServerStore;
  engines: EnginePool;
  maxServers: number;
  enableDebug: boolean;
}

/** The HTTP application, not yet listening. */
export function createApp({ servers, engines, maxServers, enableDebug }: AppOptions): FastifyInstance {
  // Fastify would drop properties that a schema does not know; a client should hear of its mistake.
  const app = Fastify({ ajv: { customOptions: { removeAdditional: false } } });
  healthRoutes(app, engines);
  serverRoutes(app, { servers, engines, maxServers });
  if (enableDebug) debugRoutes(app);
  return app;
}
