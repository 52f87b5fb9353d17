export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit entries, newest first, within what the caller sees. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Collectors of the sites that the caller sees. */
        get: operations["list_collectors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instruments of the sites that the caller sees. */
        get: operations["list_instruments"];
        put?: never;
        /** Register an instrument. */
        post: operations["register_instrument"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One instrument. */
        get: operations["get_instrument"];
        /** Change an instrument. A stale page gets 412. */
        put: operations["change_instrument"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to one instrument, newest first: its registration and changes, and the plans and runs that it was part
         *     of. Whoever sees the instrument may read it.
         */
        get: operations["list_instrument_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last reading of every point. */
        get: operations["list_latest_readings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/provenance/{point}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was on the wire for one reading. */
        get: operations["get_provenance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instruments/{id}/series/{point}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One point over a window. */
        get: operations["get_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Event `sweep` with one device's readings; event `lagged` with the number of sweeps that this listener missed. */
        get: operations["watch_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What needs attention, within what the caller sees. */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is to be done at the sites that the caller sees, the longest due first: open plans, and the next checks that
         *     follow from confirmed conclusions. With `state`, the plans that were done or cancelled.
         */
        get: operations["list_plans"];
        put?: never;
        /** Plan a verification or a period check. */
        post: operations["create_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close a plan: done by a confirmed run, or cancelled with a reason. A closed plan stays closed. */
        post: operations["close_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read an instrument once, raw words beside decoded values; nothing is stored. */
        post: operations["probe_instrument"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instrument models that can be registered. */
        get: operations["list_profiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs that the caller sees, newest first. */
        get: operations["list_runs"];
        put?: never;
        /** Run a verification or period check over a window. The conclusion waits for a second person. */
        post: operations["start_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run with its conclusion, digit for digit. */
        get: operations["get_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conclusion, evidence and procedure in one file, for `henglian recheck`. */
        get: operations["get_run_bundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm a conclusion; only now the instrument's status and next check date move. */
        post: operations["confirm_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The frozen evidence, the very bytes that the digest is of. */
        get: operations["get_run_evidence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a conclusion to the laboratory with a reason; the instrument stays as it is. */
        post: operations["return_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in. An unknown login and a wrong password get the same answer, after the same work. */
        post: operations["sign_in"];
        /** Sign out. */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sites that the caller sees. */
        get: operations["list_sites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description How the collector reaches the instrument. */
        Access: {
            host: string;
            /** @enum {string} */
            kind: "modbus-tcp";
            /** Format: int32 */
            port: number;
            /** Format: int32 */
            unit: number;
        } | {
            /** @enum {string} */
            kind: "modbus-rtu";
            line: string;
            settings?: components["schemas"]["LineSettings"] | null;
            /** Format: int32 */
            unit: number;
        } | {
            broker: string;
            /** @enum {string} */
            kind: "mqtt";
            topic: string;
        };
        AuditEntry: {
            action: string;
            after?: Record<string, never> | null;
            /** Format: date-time */
            at: string;
            before?: Record<string, never> | null;
            detail: string;
            /** Format: int64 */
            id: number;
            object: string;
            who: string;
        };
        AuditPage: {
            rows: components["schemas"]["AuditEntry"][];
            /** Format: int64 */
            total: number;
        };
        Collector: {
            id: string;
            /**
             * Format: date-time
             * @description Since the gateway started.
             */
            last_seen?: string | null;
            /**
             * Format: int64
             * @description Sweeps that the collector had to give up; `null` when it did not say.
             */
            lost?: number | null;
            name: string;
            /** @description Heard of within the last two minutes. */
            online: boolean;
            /** Format: int64 */
            site_id: number;
            /**
             * Format: int64
             * @description Sweeps that wait in the collector's spool; `null` when it did not say.
             */
            spooled?: number | null;
        };
        Confirmation: {
            note?: string;
        };
        Credentials: {
            login: string;
            password: string;
        };
        /** @description Something that is to be done, or was: a plan, or the next check of an instrument. */
        DueItem: {
            /**
             * Format: int64
             * @description The confirmed run that set the date of a next check.
             */
            after_run?: number | null;
            /** Format: date */
            due_on: string;
            instrument: components["schemas"]["InstrumentRef"];
            kind?: components["schemas"]["RunKind"] | null;
            /** @description Open, and due before today (UTC). */
            overdue: boolean;
            plan?: components["schemas"]["Plan"] | null;
        };
        DuePage: {
            /**
             * Format: int64
             * @description How many of `total` are overdue.
             */
            overdue: number;
            rows: components["schemas"]["DueItem"][];
            /** Format: int64 */
            total: number;
        };
        Instrument: components["schemas"]["InstrumentDraft"] & {
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            /** Format: date */
            next_check_on?: string | null;
            status: components["schemas"]["InstrumentStatus"];
            /** Format: int64 */
            version: number;
        };
        /** @description What a person enters to register or change an instrument. */
        InstrumentDraft: {
            access: components["schemas"]["Access"];
            accuracy_class?: string | null;
            collector: string;
            device: string;
            location: string;
            manufacturer: string;
            multiplier: components["schemas"]["MultiplierForm"];
            name: string;
            /** Format: int32 */
            period_seconds: number;
            /** @description Point name to lowest and highest plausible value. */
            plausible?: {
                [key: string]: string[];
            };
            profile: string;
            purpose: components["schemas"]["Purpose"];
            /**
             * Format: int64
             * @description The reference standard that usually checks this one.
             */
            reference_id?: number | null;
            serial: string;
            /** Format: int64 */
            site_id: number;
            traceability?: components["schemas"]["Traceability"] | null;
        };
        InstrumentPage: {
            rows: components["schemas"]["Instrument"][];
            /** Format: int64 */
            total: number;
        };
        InstrumentRef: {
            device: string;
            /** Format: int64 */
            id: number;
            name: string;
        };
        /** @enum {string} */
        InstrumentStatus: "normal" | "to-check" | "to-send" | "stopped";
        /** @description Settings of a serial line. */
        LineSettings: {
            /** Format: int32 */
            baud: number;
            /** @description `8N1`, `8E1`, `8O1`, `8N2` */
            format: string;
        };
        /** @description Data of an SSE event `sweep`. */
        LiveSweepCard: {
            device: string;
            readings: components["schemas"]["Reading"][];
        };
        /** @description The signed-in person. */
        Me: {
            login: string;
            name: string;
            party: components["schemas"]["PartyRef"];
            roles: components["schemas"]["Role"][];
            sites: components["schemas"]["SiteRef"][];
        };
        /** @description CT and PT ratios (互感器变比). */
        MultiplierForm: {
            current_ratio: string;
            registers_are_primary: boolean;
            voltage_ratio: string;
        };
        Overview: {
            /** Format: int64 */
            awaiting_review: number;
            collectors: components["schemas"]["Collector"][];
            instruments: components["schemas"]["StatusCounts"];
            /** Format: int64 */
            overdue_checks: number;
        };
        PartyRef: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        Plan: {
            closed?: components["schemas"]["PlanClosed"] | null;
            /** Format: date */
            due_on: string;
            /** Format: int64 */
            id: number;
            instrument: components["schemas"]["InstrumentRef"];
            kind: components["schemas"]["RunKind"];
            /** Format: date-time */
            made_at: string;
            /** @description Login. */
            made_by: string;
            note: string;
            reference?: components["schemas"]["InstrumentRef"] | null;
            state: components["schemas"]["PlanState"];
            /** Format: int64 */
            version: number;
        };
        PlanClosed: {
            /** Format: date-time */
            at: string;
            by: string;
            note: string;
            /**
             * Format: int64
             * @description The confirmed run that carried it out.
             */
            run_id?: number | null;
        };
        /** @description How a plan ends: `done` names the confirmed run that carried it out, `cancelled` says why in the note. */
        PlanClosing: {
            note?: string;
            /** Format: int64 */
            run_id?: number | null;
            /** @description `done` or `cancelled` */
            state: components["schemas"]["PlanState"];
        };
        /** @description What a person plans. */
        PlanDraft: {
            /**
             * Format: date
             * @description Today (UTC) or later.
             */
            due_on: string;
            /** Format: int64 */
            instrument_id: number;
            kind: components["schemas"]["RunKind"];
            /** @description At most 500 characters. */
            note?: string;
            /** Format: int64 */
            reference_id?: number | null;
        };
        /** @enum {string} */
        PlanState: "open" | "done" | "cancelled";
        ProbeAnswer: {
            /** Format: int64 */
            elapsed_ms: number;
            outcome: components["schemas"]["ProbeResult"];
        };
        /** @description A test read (试读) of an instrument that need not be registered yet. */
        ProbeRequest: {
            access: components["schemas"]["Access"];
            collector: string;
            profile: string;
        };
        ProbeResult: {
            /** @enum {string} */
            kind: "read";
            values: components["schemas"]["ProbedPoint"][];
        } | {
            /** @enum {string} */
            kind: "failed";
            reason: string;
        };
        ProbedPoint: {
            address: string;
            point: string;
            quality: string;
            raw: string;
            unit: string;
            value?: string | null;
        };
        /** @description The body of every refusal, `application/problem+json`. */
        Problem: {
            /** @description Stable; programs decide by it. */
            code: string;
            /** @description English sentence: what was refused and how to cure it. */
            detail: string;
            /** @description 中文说明。 */
            detail_zh: string;
            /** @description The input field that was refused, as `access.port`. */
            field?: string | null;
            /** Format: int32 */
            status: number;
            title: string;
            type: string;
        };
        /** @description An instrument model of the catalogue. */
        ProfileCard: {
            accuracy_class?: string | null;
            connection?: string | null;
            instrument: string;
            manufacturer: string;
            points: components["schemas"]["ProfilePoint"][];
            protocol: string;
            /** @description `model@version` */
            reference: string;
            title_en: string;
            title_zh: string;
        };
        ProfilePoint: {
            cumulative: boolean;
            name: string;
            quantity: string;
            title_en: string;
            title_zh: string;
            unit: string;
        };
        ProvenanceCard: {
            /** @description `model@version` that decoded them. */
            profile: string;
            /** @description The registers as received, or the message. */
            raw: string;
        };
        /** @enum {string} */
        Purpose: "sub-meter" | "master-meter" | "reference-standard" | "process";
        /** @description One reading; the value is exact text (trailing zeros mean something), `null` exactly when the quality is bad. */
        Reading: {
            /** Format: date-time */
            nominal: string;
            /** @description `good`, or the short name of the doubt or failure. */
            quality: string;
            /** @description `device/point` */
            series: string;
            /** Format: date-time */
            taken: string;
            unit: string;
            value?: string | null;
        };
        Return: {
            reason: string;
        };
        Review: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description `confirmed` or `returned` */
            decision: components["schemas"]["RunState"];
            note: string;
        };
        /**
         * @description What a person is to the system.
         * @enum {string}
         */
        Role: "enterprise" | "operator" | "reviewer" | "auditor" | "administrator";
        Run: components["schemas"]["RunSummary"] & {
            /** @description The conclusion as the engine wrote it, digit for digit. */
            conclusion: Record<string, never>;
            engine: string;
            evidence_sha256: string;
            procedure_sha256: string;
            review?: components["schemas"]["Review"] | null;
        };
        /** @enum {string} */
        RunKind: "online-verification" | "period-check";
        RunPage: {
            rows: components["schemas"]["RunSummary"][];
            /** Format: int64 */
            total: number;
        };
        RunRequest: {
            /** Format: date-time */
            from: string;
            /** Format: int64 */
            instrument_id: number;
            kind: components["schemas"]["RunKind"];
            /** Format: int64 */
            reference_id?: number | null;
            /** Format: date-time */
            to: string;
        };
        /** @enum {string} */
        RunState: "awaiting-review" | "confirmed" | "returned";
        RunSummary: {
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            id: number;
            instrument: components["schemas"]["InstrumentRef"];
            kind: components["schemas"]["RunKind"];
            /** @description Login of the person who ran it. */
            operator: string;
            reference?: components["schemas"]["InstrumentRef"] | null;
            state: components["schemas"]["RunState"];
            verdict: components["schemas"]["VerdictName"];
            /** Format: int64 */
            version: number;
            window: components["schemas"]["WindowCard"];
        };
        SeriesPage: {
            readings: components["schemas"]["Reading"][];
            /** @description More readings stand in the window than were sent. */
            truncated: boolean;
            unit: string;
        };
        Site: {
            description: string;
            /** Format: int64 */
            id: number;
            name: string;
            party: components["schemas"]["PartyRef"];
        };
        SiteRef: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        /** @description How many instruments are in each state. */
        StatusCounts: {
            /** Format: int64 */
            normal: number;
            /** Format: int64 */
            stopped: number;
            /** Format: int64 */
            to_check: number;
            /** Format: int64 */
            to_send: number;
        };
        /** @description From the certificate that a person holds in hand; nothing else moves these dates. */
        Traceability: {
            certificate_no: string;
            /** Format: date */
            due_on: string;
            issued_by: string;
            /** Format: date */
            issued_on: string;
            /** @description The coverage factor that it is stated with; 2 unless told. */
            k?: string | null;
            /** @description Expanded uncertainty in % as stated by the certificate. */
            u95_percent?: string | null;
        };
        /** @enum {string} */
        VerdictName: "conforms" | "does-not-conform" | "inconclusive";
        WindowCard: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_audit: {
        parameters: {
            query?: {
                /** @description e.g. `instrument/7` or `run/3` */
                object?: string;
                /** @description From 1, 50 rows each. */
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_collectors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collector"][];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_instruments: {
        parameters: {
            query?: {
                site?: number;
                status?: components["schemas"]["InstrumentStatus"];
                /** @description Part of the device, name or serial number. */
                q?: string;
                /** @description From 1. */
                page?: number;
                /** @description At most 200; 50 unless told. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstrumentPage"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_instrument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstrumentDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Instrument"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_instrument: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Instrument"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_instrument: {
        parameters: {
            query?: never;
            header: {
                /** @description the version seen, in quotes */
                "If-Match": string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InstrumentDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Instrument"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_instrument_audit: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description At most 200; 50 unless told. */
                per_page?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_latest_readings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reading"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_provenance: {
        parameters: {
            query: {
                nominal: string;
            };
            header?: never;
            path: {
                id: number;
                point: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProvenanceCard"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_series: {
        parameters: {
            query?: {
                /** @description A day before `to` unless told. */
                from?: string;
                /** @description Now unless told; not included. */
                to?: string;
                /** @description At most 20,000; 5,000 unless told. */
                limit?: number;
            };
            header?: never;
            path: {
                id: number;
                point: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesPage"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watch_live: {
        parameters: {
            query?: {
                /** @description Device names with commas between; all visible ones unless told. */
                devices?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveSweepCard"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_plans: {
        parameters: {
            query?: {
                /** @description `open` (with the next checks of instruments) unless told. */
                state?: components["schemas"]["PlanState"];
                kind?: components["schemas"]["RunKind"];
                instrument?: number;
                /** @description `true`: only what was due before today. */
                overdue?: boolean;
                /** @description From 1. */
                page?: number;
                /** @description At most 200; 50 unless told. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DuePage"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_plan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_plan: {
        parameters: {
            query?: never;
            header: {
                /** @description the version seen, in quotes */
                "If-Match": string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanClosing"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    probe_instrument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProbeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProbeAnswer"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_profiles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileCard"][];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                state?: components["schemas"]["RunState"];
                kind?: components["schemas"]["RunKind"];
                instrument?: number;
                /** @description From 1, 50 rows each. */
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run_bundle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm_run: {
        parameters: {
            query?: never;
            header: {
                /** @description the version seen, in quotes */
                "If-Match": string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run_evidence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    return_run: {
        parameters: {
            query?: never;
            header: {
                /** @description the version seen, in quotes */
                "If-Match": string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Return"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"][];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
