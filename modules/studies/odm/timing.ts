import type { Window } from "../model/build.ts";
import { childNamed, childrenNamed, element, type XmlElement } from "./xml.ts";

const none = "P0D";

/** Windows of events from ODM 2.0 timings: relative ones, and those on the transitions of a workflow. */
export function windowsIn(
  version: XmlElement | undefined,
  protocol: XmlElement | undefined,
): { readonly windows: ReadonlyMap<string, Window>; readonly notes: readonly string[] } {
  const windows = new Map<string, Window>();
  const notes: string[] = [];
  const timings = childrenNamed(childNamed(protocol, "StudyTimings"), "StudyTiming");
  const transitions = new Map(
    childrenNamed(version, "WorkflowDef").flatMap((flow) =>
      childrenNamed(flow, "Transition").map(({ attributes }) => [attributes.OID ?? "", attributes] as const),
    ),
  );
  const take = (
    id: string,
    event: string | undefined,
    anchor: string | undefined,
    target: string | undefined,
    node: XmlElement,
  ) => {
    const { TimepointPreWindow: before = none, TimepointPostWindow: after = none } = node.attributes;
    if (!event || anchor === undefined || !target) notes.push(`Timing ${id} names no two events, so it was left out.`);
    else if (windows.has(event)) notes.push(`Timing ${id} is a second window of ${event}; the first one was taken.`);
    else windows.set(event, { anchor, target, before, after });
  };
  for (const timing of timings) {
    for (const node of childrenNamed(timing, "TransitionTimingConstraint")) {
      const { OID = "", TransitionOID = "", TimepointTarget } = node.attributes;
      const transition = transitions.get(TransitionOID);
      take(OID, transition?.TargetOID, transition?.SourceOID, TimepointTarget, node);
    }
    for (const node of childrenNamed(timing, "RelativeTimingConstraint")) {
      const { OID = "", PredecessorOID, SuccessorOID, TimepointRelativeTarget } = node.attributes;
      take(OID, SuccessorOID, PredecessorOID, TimepointRelativeTarget, node);
    }
  }
  return { windows, notes };
}

/** Windows that count from an event, as ODM 2.0 timings; those that count from enrolment travel with their event. */
export function timingElement(
  events: readonly { readonly id: string; readonly window: Window | null }[],
): XmlElement | null {
  const constraints = events.flatMap(({ id, window }) =>
    window?.anchor
      ? [
          element("RelativeTimingConstraint", {
            OID: `TIMING.${id}`,
            Name: `Window of ${id}`,
            PredecessorOID: window.anchor,
            SuccessorOID: id,
            TimepointRelativeTarget: window.target,
            TimepointPreWindow: window.before,
            TimepointPostWindow: window.after,
          }),
        ]
      : [],
  );
  if (constraints.length === 0) return null;
  return element(
    "StudyTimings",
    {},
    element("StudyTiming", { OID: "TIMING", Name: "Windows of the events" }, ...constraints),
  );
}
