/**
 * Questions a text message must never answer: how much of a medicine, whether to start, stop, skip or change one. The
 * answer is a fixed sentence and a person. Insulin dosing by software is a regulated device; this is not one.
 */
import type { PhraseRule } from "./rule.ts";

/** Medicines by the names people text. Data: a tenant may add, never remove. */
export const medicines =
  "insulin|metformin|lantus|humalog|novolog|basaglar|tresiba|toujeo|levemir|fiasp|lispro|aspart|glargine|degludec|nph|regular insulin|ozempic|wegovy|mounjaro|zepbound|trulicity|victoza|rybelsus|semaglutide|tirzepatide|liraglutide|dulaglutide|jardiance|farxiga|invokana|steglatro|januvia|tradjenta|onglyza|glipizide|glyburide|glimepiride|actos|pioglitazone|statin|statins|atorvastatin|lipitor|crestor|lisinopril|losartan|amlodipine|medicine|medication|medications|pill|pills|tablet|tablets|dose|doses|dosage|shot|shots|injection|bolus|basal";
const medicinas =
  "insulina|metformina|medicina|medicinas|medicamento|medicamentos|pastilla|pastillas|pildora|pildoras|dosis|inyeccion|tableta|tabletas|ozempic|jardiance|glibenclamida|lantus|humalog|novolog|novorapid|basaglar|tresiba|toujeo|levemir|trulicity|mounjaro|glimepirida|sitagliptina|januvia";
/** The quantities and medicines that a reply must not name together; shared with the checks on replies. */
export const medicineWords: readonly string[] = [...medicines.split("|"), ...medicinas.split("|")];

export const doseIntentRules: readonly PhraseRule[] = [
  {
    id: "dose-intent.how-much",
    stage: "dose-intent",
    tier: "X",
    says: [
      "how (many|much) (more|extra|fast acting)? (units|unit|insulin|mg|milligrams|clicks|shots|pens|puffs)",
      `how (many|much) (of)? (my|the)? (${medicines})`,
      `(what|which) (is my|is the|should my|should be my|would be the|right|correct)? (insulin|correction|metformin|medicine)? (dose|dosage|bolus|basal)`,
      "(carb|carbs|carbohydrate|insulin to carb|insulin) ratio",
      "(correction|sensitivity) (factor|dose|bolus|scale)",
      "(sliding scale)",
      "how much (should|do|can|would|must) (i|we) (bolus|take|inject|dose|correct|use)",
      "units (too much|enough|ok|okay|too many|right)",
      "(need|take|require) (more|less|extra) (insulin|units|metformin)",
      "(tomo|tomar|tomarme|pongo|ponerme|me tomo) (dos|doble|media|otra|mas) …",
      "(units|bolus|insulin) (for|to cover) (this|a|my|the|that|lunch|dinner|breakfast|pizza|\u0031) …",
      "(dose|bolus|correct|cover) for (this|that|my|a|lunch|dinner|breakfast|it)",
      "(cuantas|cuantos|que) (unidades|pastillas|miligramos|dosis)",
      "(cuanta|que tanta) (insulina|medicina|metformina)",
      "(que|cual) (es mi)? dosis",
      "(relacion|ratio) (insulina|de carbohidratos|insulina carbohidratos)",
      "factor de (correccion|sensibilidad)",
    ],
  },
  {
    id: "dose-intent.change",
    stage: "dose-intent",
    tier: "X",
    says: [
      "(took|taken|injected|gave myself) (my|the)? (fast acting|long acting|rapid|insulin|shot|meds|medicine|pills|dose) (twice|two times)",
      "(ok|okay|safe|fine|alright) to (bolus|inject|dose|correct) (now|again|yet|for|$)",
      "(can|could|should|may) i (go|do|manage) (a day|a night|tonight)? without (my|the)? (insulin|lantus|metformin|medicine|pills|shot|pump|humalog|novolog|tresiba|ozempic)",
      `(should|can|could|may|do|must|ok to|okay to|safe to|if) (i|we|to)? (still|just|also)? (take|skip|double|stop|increase|decrease|lower|raise|up|bump|dial|drop|taper|reduce|change|adjust|split|half|halve|cut|start|restart|quit|miss|inject|use|go off|come off|get off|hold|switch|try) (my|the|a|an|another|more|less|extra|some|taking|taking my|up on my|down on my|half|half my|off)? (extra|the|of|of my|my|evening|morning|night|long acting|fast acting|second)? (${medicines})`,
      `(going|want|need|about|planning|decided) to (skip|double|stop|increase|decrease|lower|raise|reduce|change|adjust|halve|quit|go off|come off|cut|start) (taking)? (my|the|a|some)? (${medicines})`,
      `(thinking of|thinking about|think ill|considering|tempted to|maybe ill|might|gonna) (just)? (skip|skipping|stop|stopping|double|doubling|bump|bumping|cut|cutting|lower|lowering|raise|raising|quit|quitting|halve|halving|go off|going off|coming off|not take|not taking) (taking)? (up|down|on)? (my|the|a|some)? (evening|morning|night|next)? (${medicines})`,
      `(okay|ok|safe|fine|alright) (to|if i) (take|skip|double|stop|mix|combine|crush|drink) …`,
      `(forgot|missed|forget|skipped|skip|late) (to)? (take|taking|on|for|with)? (my|the|a|last nights|this mornings)? (morning|evening|night|last)? (${medicines})`,
      `(take|took|taking) (another|an extra|more|a second|2|two|double) (of my|of)? (${medicines})`,
      `(up|adjust|change|reduce|decrease|cut) my (${medicines})`,
      `(double|skip|stop|increase|lower|raise) (up)? (my|the|on)? (${medicines})`,
      "(side effect|side effects) (of|from|with) …",
      `(debo|puedo|deberia|tengo que|esta bien|es seguro|hay que) (tomar|tomarme|dejar|dejar de tomar|saltar|saltarme|doblar|duplicar|aumentar|bajar|subir|reducir|cambiar|suspender|ponerme|inyectarme|parar|mezclar) (mi|la|el|mas|menos|otra|mis|las|una|de)? (mas|menos|otra|dosis de)? (${medicinas})`,
      `(olvide|se me olvido|me olvide|no tome|no me tome|me salte) (de)? (tomar|tomarme|ponerme|inyectarme)? (mi|la|el|mis|las)? (${medicinas})`,
      `(puedo|debo|deberia|tengo que|quiero|voy a|pienso) (bajarle|subirle|quitarle|aumentarle|cambiarle|doblarle|dejarle) (unidades|un poco)? (a|de)? (mi|la|el|mis|las)? (${medicinas})`,
      `(le|me) (subo|bajo|aumento|quito|doblo|salto|cambio) (un poco|unidades)? (a|de)? (mi|la|el|mis|las|una)? (${medicinas})`,
      "no me (inyecto|inyecte|voy a inyectar|pienso inyectar)",
      `no me (pongo|tomo|voy a poner|voy a tomar) (mi|la|el|mis|las) (${medicinas})`,
      `(voy a|quiero|pienso) (dejar|dejar de tomar|doblar|subir|bajar|saltarme|suspender) (mi|la|el|mis|las)? (${medicinas})`,
    ],
  },
];
