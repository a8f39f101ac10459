/// Words, roles, workflow and fields of the demonstration, as a workspace file says them.
enum DemoReference {
    static let yaml = """
        format: 1
        settings:
          name: Velora
          textFormat: markdown
          workflow: Default
          rules:
            parentDatesFromChildren: true
            parentPriorityFromChildren: true
            parentProgressFromChildren: true
            blockedCannotClose: true
            openChildrenPreventClosing: true
            closingClosesDuplicates: true
            precedesMovesDates: true
            dueNotBeforeStart: true
            startDateDefaultsToToday: true
            categoryAssignsIssue: true
            changerWatches: true
            authorsAssignable: true
            votes: true
            labelsOnDemand: true
        statuses:
          - {name: New, category: initial, description: Nobody has looked at it yet}
          - {name: In Progress, category: active, description: Somebody is working on it}
          - {name: Resolved, category: active, description: Done and waiting to be confirmed}
          - {name: Feedback, category: active, description: A question is open}
          - {name: Closed, category: closed, description: Done and confirmed}
          - {name: Rejected, category: closed, description: Will not be done}
        priorities:
          - {name: Low, number: 10, high: 19}
          - {name: Normal, number: 30, low: 20, high: 39, default: true}
          - {name: High, number: 50, low: 40, high: 59}
          - {name: Urgent, number: 70, low: 60, high: 79}
          - {name: Immediate, number: 90, low: 80}
        types:
          - {name: Bug, defaultStatus: New, description: Something does not work}
          - {name: Feature, defaultStatus: New, description: Something is wanted}
          - {name: Support, defaultStatus: New, description: Somebody needs help}
        activities:
          - {name: Design}
          - {name: Development, default: true}
          - {name: Testing}
          - {name: Field work}
        documentCategories: [{name: User documentation}, {name: Technical documentation}]
        workflows:
          - name: Default
            statuses: [New, In Progress, Resolved, Feedback, Closed, Rejected]
            default: New
            transitions:
              - {subjects: [{role: Manager}], from: all, to: all}
              - subjects: [{role: Developer}]
                from: [New, In Progress, Resolved, Feedback]
                to: [In Progress, Resolved, Feedback, Closed]
              - {subjects: [{role: Reporter}], from: [Resolved], to: [Feedback, Closed]}
              - {subjects: [{role: Reporter}], from: [Feedback], to: [In Progress]}
        fields:
          - {name: Severity, type: list, values: [Cosmetic, Minor, Major, Critical], filter: true, types: [Bug]}
          - {name: Bike models, type: list, multiple: true, values: [City 2, City 3, Cargo 1, Tandem], filter: true,
             types: [Bug, Support]}
          - {name: Station code, type: text, filter: true, searchable: true, limits: {pattern: "^[A-Z]{3}-[0-9]{3}$"},
             types: [Bug, Support]}
          - {name: Story points, type: integer, filter: true, types: [Feature]}
          - {name: Needs translation, type: boolean, filter: true, default: false, types: [Feature]}
          - {name: Reported on, type: date, filter: true, types: [Support]}
          - {name: Department, object: project, type: list, values: [Product, Operations, Customer care], filter: true}
          - {name: Phone, object: user, type: text}
          - {name: Billable, object: timeEntry, type: boolean, default: true}
        roles:
          - name: Manager
            grants: &seesAll
              - {actions: [view_private_issues]}
              - {actions: [view], classes: [user]}
            actions:
              [view_project, own_issues, add_project, edit_project, close_project, select_project_modules,
               manage_members, manage_versions, add_subprojects, manage_public_queries, save_queries,
               view_issues, add_issues, edit_issues, edit_own_issues, copy_issues, manage_issue_relations,
               manage_subtasks, set_issues_private, set_own_issues_private, add_issue_notes, edit_issue_notes,
               edit_own_issue_notes, view_private_notes, set_notes_private, delete_issues, retire_issues,
               restore_issues, view_retired, view_issue_watchers, add_issue_watchers, delete_issue_watchers,
               import_issues, manage_categories, view_time_entries, log_time, edit_time_entries,
               edit_own_time_entries, manage_project_activities, log_time_for_other_users, view_news,
               manage_news, comment_news, view_documents, add_documents, edit_documents, delete_documents,
               view_files, manage_files, view_wiki_pages, view_wiki_edits, export_wiki_pages, edit_wiki_pages,
               rename_wiki_pages, delete_wiki_pages, protect_wiki_pages, manage_wiki, view_messages,
               add_messages, edit_messages, edit_own_messages, delete_messages, manage_boards, view_calendar,
               view_gantt, configure_tool, vote]
          - name: Developer
            grants: &seesOwn
              - {actions: [view_private_issues], condition: [isAuthor, isAssignee]}
              - {actions: [view], classes: [user]}
            actions:
              [view_project, own_issues, manage_versions, manage_categories, save_queries, view_issues,
               add_issues, edit_issues, edit_own_issue_notes, view_private_notes, set_notes_private,
               set_own_issues_private, manage_issue_relations, manage_subtasks, add_issue_notes,
               view_issue_watchers, add_issue_watchers, log_time, edit_own_time_entries, view_time_entries,
               view_news, comment_news, view_documents, add_documents, view_files, manage_files, view_wiki_pages,
               view_wiki_edits, edit_wiki_pages, view_messages, add_messages, edit_own_messages, view_calendar,
               view_gantt, vote]
          - name: Reporter
            grants: *seesOwn
            actions:
              [view_project, own_issues, save_queries, view_issues, add_issues, edit_own_issues, add_issue_notes,
               edit_own_issue_notes, view_issue_watchers, log_time, view_time_entries, view_news, comment_news,
               view_documents, view_files, view_wiki_pages, view_wiki_edits, view_messages, add_messages,
               edit_own_messages, view_calendar, view_gantt, vote]
          - name: Non member
            builtin: nonMember
            grants: *seesOwn
            actions:
              [view_project, view_issues, add_issues, add_issue_notes, save_queries, view_time_entries,
               view_news, comment_news, view_documents, view_files, view_wiki_pages, view_wiki_edits,
               view_messages, add_messages, view_calendar, view_gantt, vote]
          - name: Anonymous
            builtin: anonymous
            grants: *seesOwn
            actions:
              [view_project, view_issues, view_time_entries, view_news, view_documents, view_files,
               view_wiki_pages, view_wiki_edits, view_messages, view_calendar, view_gantt]
        grants:
          - {subject: everybody, actions: [use_api]}
          - {subject: signedIn, actions: [watch]}
          - {subject: everybody, actions: [read, submit, update], fields: all}
          - {subject: everybody, actions: [view], classes: [status, priority, type, role, enumeration, query, label]}
        groups:
          - {name: Field crew, description: Those who repair bicycles and stations, members: [hanno, pilar, dexter]}
          - {name: Customer care, description: Those who answer riders, members: [nives, ottokar]}
        labels: [regression, quick-win, accessibility, winter, hardware, needs-data]
        """
}
