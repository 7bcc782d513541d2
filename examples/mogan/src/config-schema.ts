import type convict from 'convict';

/** All options, by group. Durations are in seconds. */
export interface Settings {
  default: { debug: boolean; shutdown_timeout: number };
  api: { port: number; max_servers: number; enable_debug: boolean };
  engine: EngineSettings;
  database: { connection: string; max_pool_size: number };
  keystone_authtoken: { auth_url: string; username: string; password: string; project_name: string };
  oslo_reports: {
    log_dir: string | null;
    signal: string;
    file_event_handler: string | null;
    file_event_handler_interval: number;
    format: string;
    min_interval: number;
    deadline: number;
  };
}

/** The group `[engine]`. */
export interface EngineSettings {
  workers: number;
  max_dispatches: number;
  step_attempts: number;
  step_timeout: number;
  retry_delay: number;
  image_size_mb: number;
  deploy_time: number;
  inject_faults: boolean;
}

export const schema: convict.Schema<Settings> = {
  default: {
    debug: { doc: 'Log every step.', format: 'bool', default: false },
    shutdown_timeout: { doc: 'How long engines may take to stop.', format: 'seconds', default: 10 },
  },
  api: {
    port: { doc: 'TCP port on 127.0.0.1; 0 is any free one.', format: 'port', default: 6688 },
    max_servers: { doc: 'How many servers there may be.', format: 'count', default: 1000 },
    enable_debug: { doc: 'Offer routes that disturb the service.', format: 'bool', default: false },
  },
  engine: {
    workers: { doc: 'How many engine processes.', format: 'count', default: 2 },
    max_dispatches: { doc: 'How many engines may die of a task.', format: 'count', default: 2 },
    step_attempts: { doc: 'How often a step is tried.', format: 'count', default: 4 },
    step_timeout: { doc: 'How long one attempt may take.', format: 'seconds', default: 30 },
    retry_delay: {
      doc: 'The pause after a failed attempt; it doubles each time.',
      format: 'seconds',
      default: 0.25,
    },
    image_size_mb: { doc: 'Size of the images to checksum, MiB.', format: 'count', default: 64 },
    deploy_time: { doc: 'How long it takes to write an image.', format: 'seconds', default: 2 },
    inject_faults: { doc: 'Let servers with certain names go wrong.', format: 'bool', default: false },
  },
  database: {
    connection: { doc: 'URL of the database.', format: String, default: 'sqlite://', sensitive: true },
    max_pool_size: { doc: 'Connections to keep open.', format: 'count', default: 5 },
  },
  keystone_authtoken: {
    auth_url: { doc: 'URL of the identity service.', format: String, default: 'http://127.0.0.1:5000/v3' },
    username: { doc: 'The user that mogan is.', format: String, default: 'mogan' },
    password: { doc: 'Its password.', format: String, default: '', sensitive: true },
    project_name: { doc: 'Its project.', format: String, default: 'service' },
  },
  // Read by guru-meditation from the file itself, which also checks the values; here they are only declared, so that
  // they are listed with the others.
  oslo_reports: {
    log_dir: { doc: 'Directory for reports.', format: String, default: null, nullable: true },
    signal: { doc: 'What asks for a report.', format: String, default: 'SIGUSR2' },
    file_event_handler: { doc: 'File to touch instead.', format: String, default: null, nullable: true },
    file_event_handler_interval: { doc: 'How often to look at it.', format: Number, default: 1 },
    format: { doc: 'text, json or xml.', format: String, default: 'text' },
    min_interval: { doc: 'The least time between two reports.', format: Number, default: 1 },
    deadline: { doc: 'How long a report may take to make.', format: Number, default: 5 },
  },
};
