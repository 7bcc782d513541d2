// Begins as root and goes on as nobody, as services do that need root only to open a port: the kernel then lets nobody of that
// user look into it.
process.setgid(65_534);
process.setuid(65_534);
setInterval(() => {}, 1e6);
console.log('ready');
