import type { FastifyInstance } from 'fastify';

const LONGEST_SPIN_MS = 60_000;

const spinSchema = {
  querystring: {
    type: 'object',
    required: ['ms'],
    properties: { ms: { type: 'integer', minimum: 1, maximum: LONGEST_SPIN_MS } },
  },
};

/** `POST /v1/debug/spin?ms=`: blocks the event loop, to see what that does to the service and its reports. */
export function debugRoutes(app: FastifyInstance): void {
  app.post<{ Querystring: { ms: number } }>('/v1/debug/spin', { schema: spinSchema }, async (request) => {
    const turns = spin(request.query.ms);
    return { ms: request.query.ms, turns };
  });
}

function spin(ms: number): number {
  const end = performance.now() + ms;
  let turns = 0;
  while (performance.now() < end) turns++;
  return turns;
}
