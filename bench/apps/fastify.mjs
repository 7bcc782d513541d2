// A service that answers; its parent asks it for the CPU time it has used so far.
import Fastify from 'fastify';

const server = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' }, power: { type: 'string' } },
};
const app = Fastify();
app.get('/servers/:id', { schema: { response: { 200: server } } }, async (request) => ({
  id: request.params.id,
  name: `server-${request.params.id}`,
  power: 'on',
}));
await app.listen({ port: 0, host: '127.0.0.1' });
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.send({ port: app.server.address().port });
