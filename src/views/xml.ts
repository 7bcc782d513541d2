import type { JsonValue } from '../report/json.js';
import type {
  Frame,
  GreenThreadBranch,
  GreenThreadGroup,
  Models,
  OsThread,
  ProcessNode,
  Report,
  Section,
  SectionKind,
  SectionOf,
  SystemCall,
  Thread,
  XmlElement,
} from '../report/schema.js';
import { dataElement, dataElements } from './xml-data.js';
import { writeXml } from './xml-writer.js';

/** The element of each kind's model. A new kind does not compile until it has its row. */
const MODELS: { [K in SectionKind]: (model: Models[K]) => XmlElement } = {
  package: (model) => ({ name: 'package', children: dataElements({ ...model }) }),
  threads: (model) => ({ name: 'threads', children: model.threads.map(threadElement) }),
  greenThreads: ({ groups, ...head }) => recordElement('greenThreads', head, groups.map(groupElement)),
  processes: processElement,
  configuration: ({ groups }) => ({
    name: 'configuration',
    children: Object.entries(groups).map(([group, options]) => ({
      name: 'group',
      attributes: { name: group },
      children: Object.entries(options).map(([option, value]) => optionElement(option, value)),
    })),
  }),
  custom: (model) => dataElement('model', model),
};

/** The report as an XML 1.0 document, well-formed for any content. */
export function renderXml({ schemaVersion, title, generatedAt, sections, ...head }: Report): string {
  return writeXml({
    name: 'report',
    attributes: { schemaVersion, title, generatedAt },
    children: [
      ...Object.entries(head).map(([name, value]) => recordElement(name, value)),
      ...sections.map(sectionElement),
    ],
  });
}

function sectionElement(section: Section): XmlElement {
  const { title, kind, status, reason, durationMs, views } = section;
  return {
    name: 'section',
    attributes: { title, kind, status, ...(reason === undefined ? {} : { reason }), durationMs },
    children: views?.xml === undefined ? modelElements(section) : [{ name: 'view', children: [views.xml] }],
  };
}

function modelElements<K extends SectionKind>({ kind, model }: SectionOf<K>): XmlElement[] {
  return model === null ? [] : [MODELS[kind](model)];
}

/**
 * A record whose fields are known: single values become attributes, `null` none, and the rest elements; so do fields
 * that a later version added.
 */
function recordElement(name: string, record: object, children: XmlElement[] = []): XmlElement {
  const fields = Object.entries(record) as [string, JsonValue][];
  const singles: [string, string | number | boolean][] = [];
  const elements: XmlElement[] = [];
  for (const [key, value] of fields) {
    if (typeof value !== 'object') singles.push([key, value]);
    else if (value !== null) elements.push(dataElement(key, value));
  }
  return { name, attributes: Object.fromEntries(singles), children: [...elements, ...children] };
}

function threadElement({ frames, note, os, ...head }: Thread): XmlElement {
  return recordElement('thread', head, [
    ...(note === undefined ? [] : [dataElement('note', note)]),
    ...(os === undefined ? [] : [osElement(os)]),
    { name: 'frames', children: frames.map(frameElement) },
  ]);
}

function osElement({ cpu, systemCall, ...head }: OsThread): XmlElement {
  return recordElement('os', head, [
    recordElement('cpu', cpu),
    ...(systemCall === undefined ? [] : [systemCallElement(systemCall)]),
  ]);
}

function systemCallElement({ fd, ...head }: SystemCall): XmlElement {
  if (fd === undefined) return recordElement('systemCall', head);
  const { socket, ...file } = fd;
  const ends = socket === undefined ? [] : [recordElement('socket', socket)];
  return recordElement('systemCall', head, [recordElement('file', file, ends)]);
}

function frameElement({ sourceLine, generated, ...head }: Frame): XmlElement {
  return recordElement('frame', head, [
    ...(sourceLine === undefined ? [] : [dataElement('sourceLine', sourceLine)]),
    ...(generated === undefined ? [] : [recordElement('generated', generated)]),
  ]);
}

function groupElement({ frames, awaitedBy, members, waitsFor, ...head }: GreenThreadGroup): XmlElement {
  return recordElement('group', head, [
    ...(waitsFor === undefined ? [] : [dataElement('waitsFor', waitsFor)]),
    ...branchElements({ frames, ...(awaitedBy === undefined ? {} : { awaitedBy }) }),
    ...(members === undefined
      ? []
      : [{ name: 'members', children: members.map((member) => recordElement('member', member)) }]),
  ]);
}

function branchElements({ frames, awaitedBy = [] }: GreenThreadBranch): XmlElement[] {
  return [
    { name: 'frames', children: frames.map(frameElement) },
    ...awaitedBy.map((branch) => ({
      name: 'awaitedBy',
      attributes: {
        ...(branch.count === undefined ? {} : { count: branch.count }),
        ...(branch.repeated === true ? { repeated: true } : {}),
      },
      children: branchElements(branch),
    })),
  ];
}

function processElement({ command, children, ...head }: ProcessNode): XmlElement {
  const words = command.map((argument) => ({ name: 'argument', children: [argument] }));
  return recordElement('process', head, [
    { name: 'command', children: words },
    ...children.map(processElement),
  ]);
}

/** An option's name may be anything, so it is always an attribute. */
function optionElement(option: string, value: JsonValue): XmlElement {
  const { attributes, ...element } = dataElement('option', value);
  return { ...element, attributes: { name: option, ...attributes } };
}
