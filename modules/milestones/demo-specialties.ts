/** Codes and titles of three specialties' Milestones 2.0, for demonstrations. The level texts are the ACGME's and not here. */
const rows = (specialty: string, list: string): string =>
  list
    .trim()
    .split("\n")
    .map((line) => {
      const [code = "", ...title] = line.trim().split(" ");
      return `${specialty},2.0,${code},"${title.join(" ")}"`;
    })
    .join("\n");

const head = "specialty,milestones_version,code,title\n";

export const internalMedicine =
  head +
  rows(
    "Internal Medicine",
    `PC1 History
    PC2 Physical Examination
    PC3 Clinical Reasoning
    PC4 Patient Management - Inpatient
    PC5 Patient Management - Outpatient
    PC6 Digital Health
    MK1 Applied Foundational Sciences
    MK2 Therapeutic Knowledge
    MK3 Knowledge of Diagnostic Testing
    SBP1 Patient Safety and Quality Improvement
    SBP2 System Navigation for Patient-Centered Care
    SBP3 Physician Role in Health Care Systems
    PBLI1 Evidence-Based and Informed Practice
    PBLI2 Reflective Practice and Commitment to Personal Growth
    PROF1 Professional Behavior
    PROF2 Ethical Principles
    PROF3 Accountability/Conscientiousness
    PROF4 Knowledge of Systemic and Individual Factors of Well-Being
    ICS1 Patient- and Family-Centered Communication
    ICS2 Interprofessional and Team Communication
    ICS3 Communication within Health Care Systems`,
  );

export const emergencyMedicine =
  head +
  rows(
    "Emergency Medicine",
    `PC1 Emergency Stabilization
    PC2 Performance of a Focused History and Physical Exam
    PC3 Diagnostic Studies
    PC4 Diagnosis
    PC5 Pharmacotherapy
    PC6 Reassessment and Disposition
    PC7 Multitasking (Task Switching)
    PC8 General Approach to Procedures
    MK1 Scientific Knowledge
    MK2 Treatment and Clinical Reasoning
    SBP1 Patient Safety
    SBP2 Quality Improvement
    SBP3 System Navigation for Patient-Centered Care
    SBP4 Physician Role in Health Care Systems
    PBLI1 Evidence-Based and Informed Practice
    PBLI2 Reflective Practice and Commitment to Personal Growth
    PROF1 Professional Behavior and Ethical Principles
    PROF2 Accountability/Conscientiousness
    PROF3 Self-Awareness and Well-Being
    ICS1 Patient- and Family-Centered Communication
    ICS2 Interprofessional and Team Communication
    ICS3 Communication within Health Care Systems`,
  );

export const familyMedicine =
  head +
  rows(
    "Family Medicine",
    `PC1 Care of the Acutely Ill Patient
    PC2 Care of Patients with Chronic Illness
    PC3 Health Promotion and Wellness
    PC4 Ongoing Care of Patients with Undifferentiated Signs, Symptoms, or Health Concerns
    PC5 Management of Procedural Care
    MK1 Demonstrates Medical Knowledge of Sufficient Breadth and Depth to Practice Family Medicine
    MK2 Critical Thinking and Decision Making
    SBP1 Patient Safety and Quality Improvement
    SBP2 System Navigation for Patient-Centered Care
    SBP3 Physician Role in Health Care Systems
    SBP4 Advocacy
    PBLI1 Evidence-Based and Informed Practice
    PBLI2 Reflective Practice and Commitment to Personal Growth
    PROF1 Professional Behavior and Ethical Principles
    PROF2 Accountability/Conscientiousness
    PROF3 Self-Awareness and Help-Seeking Behaviors
    ICS1 Patient- and Family-Centered Communication
    ICS2 Interprofessional and Team Communication
    ICS3 Communication within Health Care Systems`,
  );
