import { registerSection } from 'guru-meditation';
import type { JsonValue, XmlElement } from 'guru-meditation';

/** A task as it stands in a report. */
export type TaskEntry = {
  id: string;
  server: string;
  action: string;
  /** `null` while it waits for an engine. */
  enginePid: number | null;
  step: string | null;
  attempt: number;
  secondsRunning: number;
};

/**
 * Adds a section with tasks to this process's reports.
 *
 * @param list must be synchronous: so the section is there even while the event loop is blocked.
 */
export function registerTasks(title: string, list: () => TaskEntry[]): void {
  registerSection(title, () => ({ tasks: list() }), { views: { text: tasksAsText, xml: tasksAsXml } });
}

/** Two lines for each task. */
function tasksAsText(model: JsonValue): string {
  const tasks = tasksOf(model);
  if (tasks.length === 0) return 'none';
  return tasks
    .map((task) => `${task.action} of ${task.server} (${task.id})\n    ${progressOf(task)}`)
    .join('\n');
}

function progressOf({ step, attempt, enginePid, secondsRunning }: TaskEntry): string {
  const at = step === null ? 'waits for an engine' : `${step}, attempt ${attempt}, in engine ${enginePid}`;
  return `${at}, for ${secondsRunning} s`;
}

function tasksAsXml(model: JsonValue): XmlElement {
  return { name: 'tasks', children: tasksOf(model).map(taskAsXml) };
}

function taskAsXml({ id, server, action, enginePid, step, attempt, secondsRunning }: TaskEntry): XmlElement {
  return {
    name: 'task',
    attributes: {
      id,
      server,
      action,
      attempt,
      secondsRunning,
      ...(enginePid && { enginePid }),
      ...(step && { step }),
    },
  };
}

/** A view gets what the generator returned, after it went through JSON. */
function tasksOf(model: JsonValue): TaskEntry[] {
  return (model as { tasks: TaskEntry[] }).tasks;
}

/** Seconds since a time of `performance.now()`, to a tenth. */
export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 100) / 10;
}
