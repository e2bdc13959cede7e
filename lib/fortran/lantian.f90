! SPDX-License-Identifier: GPL-3.0-or-later
! Lantian for Fortran 2018: inventories, scenarios, projections, targets and ensembles as objects.
!
! An object is filled by a subroutine of its own (`call base%read(...)`), which lets go of what it held before. It is
! freed when its variable goes out of scope, or by `free`; a copy shares what it is a copy of, and a view (a table of an
! inventory) keeps alive what it shows. Pointers to arrays are views too: to be read, not written, as long as an object
! that they came from is there. Fortran finalises no variable of the main program: there, `free` is for you to call.
!
! What can fail has an optional `status` as its last argument: 0, or one of the codes below, and the object it should
! have filled is empty. Without it a failure stops the program with the message, as in `open` and `allocate`.
!
! Rows, columns and places count from 1. Texts go without the blanks at their end, and are UTF-8: a Chinese character is
! three of Fortran's. An object and its copies belong to one thread at a time; what they show may be read by all.
module lantian
  use, intrinsic :: iso_c_binding
  use lantian_c
  implicit none
  private

  public :: lantian_object, lantian_table, lantian_tree, lantian_inventory, lantian_scenario, lantian_projection
  public :: lantian_targets, lantian_ensemble, lantian_complaints, lantian_error, lantian_progress
  public :: lantian_last_error, lantian_error_message, lantian_version

  ! Outcomes (status.h).
  integer, parameter, public :: lantian_ok = 0, lantian_enomem = -1, lantian_eargument = -2, lantian_eio = -3, &
    lantian_einput = -4, lantian_eunit = -5, lantian_enotfound = -6, lantian_ebaseline = -7, &
    lantian_eunsupported = -8, lantian_erefused = -9, lantian_ecancelled = -10, lantian_elimit = -11, &
    lantian_esolver = -12

  ! What to group by; combine with + or ior() (inventory.h).
  integer, parameter, public :: lantian_by_year = 1, lantian_by_measure = 2, lantian_by_task = 4, &
    lantian_by_bureau = 8, lantian_by_class = 16, lantian_by_region = 32, lantian_by_sector = 64, &
    lantian_by_source = 128, lantian_by_owner = 256, lantian_by_fuel = 512, lantian_by_pollutant = 1024

  integer, parameter, public :: lantian_english = 0, lantian_chinese = 1
  integer, parameter, public :: lantian_random = 0, lantian_latin_hypercube = 1, lantian_sobol = 2

  ! A failure or a complaint and its place; 0 and empty where it has none.
  type :: lantian_error
    integer :: code = lantian_ok
    integer :: line = 0
    integer :: column = 0
    character(len=:), allocatable :: source
    character(len=:), allocatable :: message
  end type

  ! An object of C's, how to free it, and how many variables hold it. A view has an owner instead of a way to free it.
  type :: holding
    type(c_ptr) :: object = c_null_ptr
    type(c_funptr) :: free = c_null_funptr
    type(holding), pointer :: owner => null()
    integer :: holders = 1
  end type

  type :: handle
    type(holding), pointer :: held => null()
  contains
    final :: let_go
  end type

  type, abstract :: lantian_object
    type(handle), private :: handle
  contains
    procedure :: free => free_object
    procedure :: is_set
    procedure :: c_object
  end type

  ! What a reader found wrong with a file, all of it.
  type, extends(lantian_object) :: lantian_complaints
  contains
    procedure, private :: share_complaints
    generic :: assignment(=) => share_complaints
    procedure :: count => complaint_count
    procedure :: get => complaint
  end type

  type, extends(lantian_object) :: lantian_table
  contains
    procedure, private :: share_table
    generic :: assignment(=) => share_table
    procedure :: rows => table_rows
    procedure :: columns => table_columns
    procedure :: name => table_name
    procedure :: find => table_find
    procedure :: numbers => table_numbers
    procedure :: codes => table_codes
    procedure :: word => table_word
    procedure :: texts => table_texts
    procedure :: text => table_text
    procedure :: write_csv => table_write_csv
  end type

  ! Regions or sectors.
  type, extends(lantian_object) :: lantian_tree
  contains
    procedure, private :: share_tree
    generic :: assignment(=) => share_tree
    procedure :: read_regions
    procedure :: read_sectors
    procedure :: count => tree_count
    procedure :: table => tree_table
  end type

  type, extends(lantian_object) :: lantian_inventory
  contains
    procedure, private :: share_inventory
    generic :: assignment(=) => share_inventory
    procedure :: read => inventory_read
    procedure :: write_csv => inventory_write_csv
    procedure :: write_hdf5 => inventory_write_hdf5
    procedure :: source_table
    procedure :: emission_table
    procedure :: first => inventory_first
    procedure :: base_year => inventory_base_year
    procedure :: baseline => inventory_baseline
    procedure :: reconstructed => inventory_reconstructed
    procedure :: summarise => inventory_summarise
  end type

  type, extends(lantian_object) :: lantian_scenario
  contains
    procedure, private :: share_scenario
    generic :: assignment(=) => share_scenario
    procedure :: read => scenario_read
    procedure :: base_year => scenario_base_year
    procedure :: last_year => scenario_last_year
    procedure :: measures => scenario_measures
    procedure :: measure_id => scenario_measure_id
  end type

  type, extends(lantian_object) :: lantian_projection
  contains
    procedure, private :: share_projection
    generic :: assignment(=) => share_projection
    procedure :: run => projection_run
    procedure :: years => projection_years
    procedure :: emissions => projection_emissions
    procedure :: derived => projection_derived
    procedure :: summarise => projection_summarise
    procedure :: ledger => projection_ledger
    procedure :: notes => projection_notes
    procedure :: explain => projection_explain
    procedure :: inventory => projection_inventory
    procedure :: write => projection_write
  end type

  type, extends(lantian_object) :: lantian_targets
  contains
    procedure, private :: share_targets
    generic :: assignment(=) => share_targets
    procedure :: read => targets_read
    procedure :: count => targets_count
    procedure :: check => targets_check
  end type

  type, extends(lantian_object) :: lantian_ensemble
  contains
    procedure, private :: share_ensemble
    generic :: assignment(=) => share_ensemble
    procedure :: run => ensemble_run
    procedure :: read_hdf5 => ensemble_read_hdf5
    procedure :: write_hdf5 => ensemble_write_hdf5
    procedure :: draw_count => ensemble_draw_count
    procedure :: draws => ensemble_draws
    procedure :: summary => ensemble_summary
    procedure :: targets => ensemble_targets
  end type

  abstract interface
    ! Told the share of the work that is done [0, 1]; .false. stops it with lantian_ecancelled.
    logical function lantian_progress(done)
      import :: c_double
      real(c_double), intent(in) :: done
    end function

    subroutine free_c(object) bind(c)
      import :: c_ptr
      type(c_ptr), value :: object
    end subroutine
  end interface

  type :: listener
    procedure(lantian_progress), pointer, nopass :: told => null()
  end type

  ! A grouping and the texts it points to.
  type :: grouped
    type(ltn_grouping) :: grouping
    character(kind=c_char), allocatable :: attribute(:), scope(:)
  end type

  ! What was wrong with the last call, where that is not for the library to say: it was not called.
  character(len=160), save :: misuse = ''
  integer, save :: misuse_code = lantian_ok
  !$omp threadprivate(misuse, misuse_code)

  ! What the columns of a table without rows show.
  real(c_double), target, save :: no_numbers(0)
  integer(c_int32_t), target, save :: no_codes(0)

contains

  ! ---- errors ----

  ! The calling thread's last failure.
  function lantian_last_error() result(answer)
    type(lantian_error) :: answer
    type(ltn_error), pointer :: error
    if (misuse /= '') then
      call tell_error(answer, misuse_code, 0, 0, '', trim(misuse))
      return
    end if
    call c_f_pointer(ltn_last_error(), error)
    call tell_error(answer, error%code, error%line, error%column, f_text(c_loc(error%source)), &
      f_text(c_loc(error%message)))
  end function

  ! The same as one text, `source:line:column: message`.
  function lantian_error_message() result(answer)
    character(len=:), allocatable :: answer
    type(lantian_error) :: error
    character(len=32) :: place
    error = lantian_last_error()
    answer = error%message
    if (error%source == '') return
    place = ':'
    if (error%line > 0) write (place, '(a, i0, a, i0, a)') ':', error%line, ':', error%column, ':'
    answer = error%source//trim(place)//' '//answer
  end function

  ! The version of the library that is loaded.
  function lantian_version() result(answer)
    character(len=:), allocatable :: answer
    answer = f_text(ltn_version())
  end function

  ! Part by part, because gfortran 12 cannot compile the constructor.
  subroutine tell_error(error, code, line, column, source, message)
    type(lantian_error), intent(out) :: error
    integer, intent(in) :: code, line, column
    character(len=*), intent(in) :: source, message
    error%code = code
    error%line = line
    error%column = column
    error%source = source
    error%message = message
  end subroutine

  ! Hands on the outcome of a call of C's, or stops with it.
  subroutine report(code, status)
    integer(c_int), intent(in) :: code
    integer, intent(out), optional :: status
    misuse = ''
    call hand_on(int(code), status)
  end subroutine

  subroutine hand_on(code, status)
    integer, intent(in) :: code
    integer, intent(out), optional :: status
    if (present(status)) then
      status = code
    else if (code /= lantian_ok) then
      error stop lantian_error_message()
    end if
  end subroutine

  ! Says that the caller made a mistake that C would not survive.
  subroutine refuse(code, what, status)
    integer, intent(in) :: code
    character(len=*), intent(in) :: what
    integer, intent(out), optional :: status
    misuse = what
    misuse_code = code
    call hand_on(code, status)
  end subroutine

  ! Is this object empty? Then that is reported.
  logical function missing(object, what, status)
    class(lantian_object), intent(in) :: object
    character(len=*), intent(in) :: what
    integer, intent(out), optional :: status
    missing = .not. object%is_set()
    if (missing) call refuse(lantian_eargument, 'the '//what//' is empty; expected one that was read or computed', status)
  end function

  ! ---- ownership ----

  ! Lets a variable hold what another one holds. Each type has its assignment, so that none takes another type's
  ! object; and not `handle` one for them all, because gfortran 12 finalises what it copies on the way to a component's.
  subroutine share(left, right)
    type(handle), intent(inout) :: left
    type(handle), intent(in) :: right
    type(holding), pointer :: held
    held => right%held
    if (associated(held)) held%holders = held%holders + 1
    call release(left%held)
    left%held => held
  end subroutine

  impure elemental subroutine share_complaints(left, right)
    class(lantian_complaints), intent(inout) :: left
    class(lantian_complaints), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_table(left, right)
    class(lantian_table), intent(inout) :: left
    class(lantian_table), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_tree(left, right)
    class(lantian_tree), intent(inout) :: left
    class(lantian_tree), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_inventory(left, right)
    class(lantian_inventory), intent(inout) :: left
    class(lantian_inventory), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_scenario(left, right)
    class(lantian_scenario), intent(inout) :: left
    class(lantian_scenario), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_projection(left, right)
    class(lantian_projection), intent(inout) :: left
    class(lantian_projection), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_targets(left, right)
    class(lantian_targets), intent(inout) :: left
    class(lantian_targets), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine share_ensemble(left, right)
    class(lantian_ensemble), intent(inout) :: left
    class(lantian_ensemble), intent(in) :: right
    call share(left%handle, right%handle)
  end subroutine

  impure elemental subroutine let_go(self)
    type(handle), intent(inout) :: self
    call release(self%held)
  end subroutine

  recursive subroutine release(held)
    type(holding), pointer, intent(inout) :: held
    procedure(free_c), pointer :: free
    if (.not. associated(held)) return
    held%holders = held%holders - 1
    if (held%holders == 0) then
      if (c_associated(held%free)) then
        call c_f_procpointer(held%free, free)
        call free(held%object)
      end if
      call release(held%owner)
      deallocate (held)
    end if
    held => null()
  end subroutine

  ! Lets a variable hold an object instead of what it held; nothing where there is none.
  subroutine hold(self, object, free)
    class(lantian_object), intent(inout) :: self
    type(c_ptr), intent(in) :: object
    type(c_funptr), value :: free
    call release(self%handle%held)
    if (.not. c_associated(object)) return
    allocate (self%handle%held)
    self%handle%held%object = object
    self%handle%held%free = free
  end subroutine

  ! The same of a view, which keeps its owner alive.
  subroutine view(self, object, owner)
    class(lantian_object), intent(inout) :: self
    type(c_ptr), intent(in) :: object
    class(lantian_object), intent(in) :: owner
    type(holding), pointer :: of
    of => owner%handle%held
    of%holders = of%holders + 1
    call hold(self, object, c_null_funptr)
    if (self%is_set()) then
      self%handle%held%owner => of
    else
      call release(of)
    end if
  end subroutine

  ! Lets go of the object, before its variable does.
  subroutine free_object(self)
    class(lantian_object), intent(inout) :: self
    call release(self%handle%held)
  end subroutine

  pure logical function is_set(self)
    class(lantian_object), intent(in) :: self
    is_set = associated(self%handle%held)
  end function

  ! C's pointer, for what is called through lantian_c; borrowed.
  type(c_ptr) function c_object(self)
    class(lantian_object), intent(in) :: self
    c_object = c_null_ptr
    if (self%is_set()) c_object = self%handle%held%object
  end function

  ! C's pointer of an argument that may be absent.
  type(c_ptr) function object_or_null(object)
    class(lantian_object), intent(in), optional :: object
    object_or_null = c_null_ptr
    if (present(object)) object_or_null = object%c_object()
  end function

  integer(c_int) function value_or(default, value)
    integer, intent(in) :: default
    integer, intent(in), optional :: value
    value_or = int(default, c_int)
    if (present(value)) value_or = int(value, c_int)
  end function

  integer(c_int) function flag(value)
    logical, intent(in), optional :: value
    flag = 0
    if (present(value)) flag = merge(1_c_int, 0_c_int, value)
  end function

  ! ---- complaints ----

  ! A list for a reader to fill, where one is wanted.
  subroutine start_complaints(list, object, code)
    class(lantian_complaints), intent(inout), optional :: list
    type(c_ptr), intent(out) :: object
    integer(c_int), intent(out) :: code
    object = c_null_ptr
    code = lantian_ok
    if (.not. present(list)) return
    code = ltn_diagnostics_create(object)
    call hold(list, object, c_funloc(ltn_diagnostics_free))
  end subroutine

  integer function complaint_count(self)
    class(lantian_complaints), intent(in) :: self
    complaint_count = 0
    if (self%is_set()) complaint_count = int(ltn_diagnostics_count(self%c_object()))
  end function

  ! A complaint in the order of the file; its code is lantian_einput, or 0 for a warning. No message past the end.
  function complaint(self, index) result(answer)
    class(lantian_complaints), intent(in) :: self
    integer, intent(in) :: index
    type(lantian_error) :: answer
    type(ltn_diagnostic), pointer :: found
    call tell_error(answer, lantian_ok, 0, 0, '', '')
    if (index < 1 .or. index > self%count()) return
    call c_f_pointer(ltn_diagnostics_get(self%c_object(), int(index - 1, c_size_t)), found)
    call tell_error(answer, merge(lantian_einput, lantian_ok, found%severity == 1), found%line, found%column, &
      f_text(found%source), f_text(found%message))
  end function

  ! ---- tables ----

  integer function table_rows(self)
    class(lantian_table), intent(in) :: self
    table_rows = 0
    if (self%is_set()) table_rows = int(ltn_table_rows(self%c_object()))
  end function

  integer function table_columns(self)
    class(lantian_table), intent(in) :: self
    table_columns = 0
    if (self%is_set()) table_columns = int(ltn_table_columns(self%c_object()))
  end function

  ! Name of a column; empty past the end.
  function table_name(self, column) result(answer)
    class(lantian_table), intent(in) :: self
    integer, intent(in) :: column
    character(len=:), allocatable :: answer
    answer = ''
    if (column < 1 .or. column > self%columns()) return
    answer = f_text(ltn_table_name(self%c_object(), int(column - 1, c_size_t)))
  end function

  ! Number of the column called so, or 0.
  integer function table_find(self, name)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    table_find = 0
    if (self%is_set()) table_find = ltn_table_find(self%c_object(), c_text(name)) + 1
  end function

  logical function is_text(table, name)
    class(lantian_table), intent(in) :: table
    character(len=*), intent(in) :: name
    is_text = .false.
    if (table%find(name) > 0) is_text = ltn_table_type(table%c_object(), place(table, name)) == 1
  end function

  ! C's number of a column that is there.
  integer(c_size_t) function place(self, name)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    place = int(self%find(name) - 1, c_size_t)
  end function

  ! The values of a column of numbers, a view, absent ones NaN; null for a column of texts or none.
  function table_numbers(self, name) result(values)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    real(c_double), pointer :: values(:)
    type(c_ptr) :: object
    values => null()
    if (self%find(name) == 0 .or. is_text(self, name)) return
    values => no_numbers
    object = ltn_table_numbers(self%c_object(), place(self, name))
    if (self%rows() > 0) call c_f_pointer(object, values, [self%rows()])
  end function

  ! The codes of a column of texts, a view, absent ones -1; null for a column of numbers or none. word() has the text.
  function table_codes(self, name) result(codes)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(c_int32_t), pointer :: codes(:)
    type(c_ptr) :: object
    codes => null()
    if (self%find(name) == 0 .or. .not. is_text(self, name)) return
    codes => no_codes
    object = ltn_table_codes(self%c_object(), place(self, name))
    if (self%rows() > 0) call c_f_pointer(object, codes, [self%rows()])
  end function

  ! The text behind a code; empty where there is none.
  function table_word(self, name, code) result(answer)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: code
    character(len=:), allocatable :: answer
    answer = ''
    if (self%find(name) > 0) answer = f_text(ltn_table_word(self%c_object(), place(self, name), int(code, c_int32_t)))
  end function

  ! The values of a column of texts, all as long as the longest word of its dictionary, absent ones blank. Each word is
  ! converted once. lantian_enotfound: no such column, or one of numbers.
  subroutine table_texts(self, name, values, status)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=:), allocatable, intent(out) :: values(:)
    integer, intent(out), optional :: status
    integer(c_int32_t), pointer :: codes(:)
    codes => self%codes(name)
    if (.not. associated(codes)) then
      call refuse(lantian_enotfound, "the table has no column of texts called '"//name//"'", status)
      return
    end if
    allocate (character(len=longest_word(self, name)) :: values(size(codes)))
    call spell(self, name, codes, values)
    call report(0_c_int, status)
  end subroutine

  subroutine spell(table, name, codes, values)
    class(lantian_table), intent(in) :: table
    character(len=*), intent(in) :: name
    integer(c_int32_t), intent(in) :: codes(:)
    character(len=*), intent(out) :: values(:)
    character(len=len(values)), allocatable :: words(:)
    integer :: code, row
    allocate (words(ltn_table_words(table%c_object(), place(table, name))))
    do code = 1, size(words)
      words(code) = table%word(name, code - 1)
    end do
    do row = 1, size(codes)
      values(row) = ''
      if (codes(row) >= 0) values(row) = words(codes(row) + 1)
    end do
  end subroutine

  ! Length of the longest word of a column's dictionary.
  integer function longest_word(table, name)
    class(lantian_table), intent(in) :: table
    character(len=*), intent(in) :: name
    type(c_ptr) :: word
    integer(c_size_t) :: column
    integer(c_int32_t) :: code
    column = place(table, name)
    longest_word = 0
    do code = 0, int(ltn_table_words(table%c_object(), column), c_int32_t) - 1
      word = ltn_table_word(table%c_object(), column, code)
      longest_word = max(longest_word, int(strlen(word)))
    end do
  end function

  ! One value of a column of texts; empty where it is absent.
  function table_text(self, row, name) result(answer)
    class(lantian_table), intent(in) :: self
    integer, intent(in) :: row
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: answer
    answer = ''
    if (row < 1 .or. row > self%rows() .or. self%find(name) == 0) return
    answer = f_text(ltn_table_text(self%c_object(), int(row - 1, c_size_t), place(self, name)))
  end function

  subroutine table_write_csv(self, path, status)
    class(lantian_table), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: status
    if (missing(self, 'table', status)) return
    call report(ltn_table_write_csv(self%c_object(), c_text(path)), status)
  end subroutine

  ! A table that C made, or the status that it could not.
  subroutine take_table(table, code, object, status)
    class(lantian_table), intent(inout) :: table
    integer(c_int), intent(in) :: code
    type(c_ptr), intent(in) :: object
    integer, intent(out), optional :: status
    call hold(table, object, c_funloc(ltn_table_free))
    call report(code, status)
  end subroutine

  ! ---- regions and sectors ----

  ! The options of readers other than an inventory's.
  subroutine start_reading(options, complaints, code)
    type(ltn_read_options), intent(out) :: options
    class(lantian_complaints), intent(inout), optional :: complaints
    integer(c_int), intent(out) :: code
    options%struct_size = c_sizeof(options)
    call start_complaints(complaints, options%diagnostics, code)
  end subroutine

  subroutine read_regions(self, path, complaints, status)
    class(lantian_tree), intent(inout) :: self
    character(len=*), intent(in) :: path
    class(lantian_complaints), intent(inout), optional :: complaints
    integer, intent(out), optional :: status
    type(ltn_read_options), target :: options
    type(c_ptr) :: object
    integer(c_int) :: code
    object = c_null_ptr
    call start_reading(options, complaints, code)
    if (code == lantian_ok) code = ltn_regions_read_csv(c_text(path), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_tree_free))
    call report(code, status)
  end subroutine

  subroutine read_sectors(self, path, complaints, status)
    class(lantian_tree), intent(inout) :: self
    character(len=*), intent(in) :: path
    class(lantian_complaints), intent(inout), optional :: complaints
    integer, intent(out), optional :: status
    type(ltn_read_options), target :: options
    type(c_ptr) :: object
    integer(c_int) :: code
    object = c_null_ptr
    call start_reading(options, complaints, code)
    if (code == lantian_ok) code = ltn_sectors_read_csv(c_text(path), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_tree_free))
    call report(code, status)
  end subroutine

  integer function tree_count(self)
    class(lantian_tree), intent(in) :: self
    tree_count = 0
    if (self%is_set()) tree_count = int(ltn_tree_count(self%c_object()))
  end function

  ! A row a node: code, parent, names and the file's other columns.
  subroutine tree_table(self, table, status)
    class(lantian_tree), intent(in) :: self
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    if (missing(self, 'tree', status)) return
    call view(table, ltn_tree_table(self%c_object()), self)
    call report(0_c_int, status)
  end subroutine

  ! ---- inventories ----

  ! Reads an inventory in whatever form it is: CSV, FF10, either of them compressed by gzip, HDF5.
  subroutine inventory_read(self, path, regions, sectors, encoding, threads, no_defaults, complaints, status)
    class(lantian_inventory), intent(inout) :: self
    character(len=*), intent(in) :: path
    class(lantian_tree), intent(in), optional :: regions, sectors
    character(len=*), intent(in), optional :: encoding
    integer, intent(in), optional :: threads
    logical, intent(in), optional :: no_defaults
    class(lantian_complaints), intent(inout), optional :: complaints
    integer, intent(out), optional :: status
    type(ltn_inventory_options), target :: options
    character(kind=c_char), allocatable, target :: encoding_text(:)
    type(c_ptr) :: object
    integer(c_int) :: code
    object = c_null_ptr
    options%struct_size = c_sizeof(options)
    options%regions = object_or_null(regions)
    options%sectors = object_or_null(sectors)
    if (present(encoding)) then
      encoding_text = c_text(encoding)
      options%encoding = c_loc(encoding_text)
    end if
    options%threads = value_or(0, threads)
    options%no_defaults = flag(no_defaults)
    call start_complaints(complaints, options%diagnostics, code)
    if (code == lantian_ok) code = ltn_inventory_read(c_text(path), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_inventory_free))
    call report(code, status)
  end subroutine

  subroutine inventory_write_csv(self, path, status)
    class(lantian_inventory), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: status
    if (missing(self, 'inventory', status)) return
    call report(ltn_inventory_write_csv(self%c_object(), c_text(path)), status)
  end subroutine

  subroutine inventory_write_hdf5(self, path, status)
    class(lantian_inventory), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: status
    if (missing(self, 'inventory', status)) return
    call report(ltn_inventory_write_hdf5(self%c_object(), c_text(path), c_null_ptr), status)
  end subroutine

  ! A row a source: source, region, sector, lon, lat [degrees], activity ...
  subroutine source_table(self, table, status)
    class(lantian_inventory), intent(in) :: self
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    if (missing(self, 'inventory', status)) return
    call view(table, ltn_inventory_sources(self%c_object()), self)
    call report(0_c_int, status)
  end subroutine

  ! A row a source and pollutant: pollutant, emission_t [t/yr] ...
  subroutine emission_table(self, table, status)
    class(lantian_inventory), intent(in) :: self
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    if (missing(self, 'inventory', status)) return
    call view(table, ltn_inventory_emissions(self%c_object()), self)
    call report(0_c_int, status)
  end subroutine

  ! Source s, counted from 1, owns the emission rows first(s) + 1 .. first(s + 1); a view, null for an empty inventory.
  function inventory_first(self) result(first)
    class(lantian_inventory), intent(in) :: self
    integer(c_int32_t), pointer :: first(:)
    integer(c_size_t) :: sources
    first => null()
    if (.not. self%is_set()) return
    sources = ltn_table_rows(ltn_inventory_sources(self%c_object()))
    call c_f_pointer(ltn_inventory_first(self%c_object()), first, [sources + 1])
  end function

  ! 0 where the inventory does not say.
  integer function inventory_base_year(self)
    class(lantian_inventory), intent(in) :: self
    inventory_base_year = 0
    if (self%is_set()) inventory_base_year = ltn_inventory_base_year(self%c_object())
  end function

  ! The statistical basis; empty where the inventory does not say.
  function inventory_baseline(self) result(answer)
    class(lantian_inventory), intent(in) :: self
    character(len=:), allocatable :: answer
    answer = ''
    if (self%is_set()) answer = f_text(ltn_inventory_baseline(self%c_object()))
  end function

  ! Does the inventory say of itself that its figures are not official?
  logical function inventory_reconstructed(self)
    class(lantian_inventory), intent(in) :: self
    inventory_reconstructed = .false.
    if (self%is_set()) inventory_reconstructed = ltn_inventory_reconstructed(self%c_object()) /= 0
  end function

  ! Fills a grouping; what is absent is the library's default.
  subroutine group(answer, by, region_depth, sector_depth, attribute, scope)
    type(grouped), intent(out), target :: answer
    integer, intent(in) :: by
    integer, intent(in), optional :: region_depth, sector_depth
    character(len=*), intent(in), optional :: attribute, scope
    answer%grouping%struct_size = c_sizeof(answer%grouping)
    answer%grouping%by = int(by, c_int)
    answer%grouping%region_depth = value_or(-1, region_depth)
    answer%grouping%sector_depth = value_or(-1, sector_depth)
    if (present(attribute)) then
      answer%attribute = c_text(attribute)
      answer%grouping%attribute = c_loc(answer%attribute)
    end if
    if (present(scope)) then
      answer%scope = c_text(scope)
      answer%grouping%scope = c_loc(answer%scope)
    end if
  end subroutine

  ! Sums by group: the group's columns, then emission_t [t/yr].
  subroutine inventory_summarise(self, by, table, region_depth, sector_depth, attribute, status)
    class(lantian_inventory), intent(in) :: self
    integer, intent(in) :: by
    class(lantian_table), intent(inout) :: table
    integer, intent(in), optional :: region_depth, sector_depth
    character(len=*), intent(in), optional :: attribute
    integer, intent(out), optional :: status
    type(grouped), target :: sums
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'inventory', status)) return
    call group(sums, by, region_depth, sector_depth, attribute)
    code = ltn_inventory_summarise(self%c_object(), c_loc(sums%grouping), object)
    call take_table(table, code, object, status)
  end subroutine

  ! ---- scenarios ----

  ! Reads YAML, or SMOKE's packets with their default options.
  subroutine scenario_read(self, path, complaints, status)
    class(lantian_scenario), intent(inout) :: self
    character(len=*), intent(in) :: path
    class(lantian_complaints), intent(inout), optional :: complaints
    integer, intent(out), optional :: status
    type(ltn_read_options), target :: options
    type(c_ptr) :: object
    integer(c_int) :: code
    object = c_null_ptr
    call start_reading(options, complaints, code)
    if (code == lantian_ok) code = ltn_scenario_read(c_text(path), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_scenario_free))
    call report(code, status)
  end subroutine

  integer function scenario_base_year(self)
    class(lantian_scenario), intent(in) :: self
    scenario_base_year = 0
    if (self%is_set()) scenario_base_year = ltn_scenario_base_year(self%c_object())
  end function

  integer function scenario_last_year(self)
    class(lantian_scenario), intent(in) :: self
    scenario_last_year = 0
    if (self%is_set()) scenario_last_year = ltn_scenario_last_year(self%c_object())
  end function

  integer function scenario_measures(self)
    class(lantian_scenario), intent(in) :: self
    scenario_measures = 0
    if (self%is_set()) scenario_measures = int(ltn_scenario_measures(self%c_object()))
  end function

  ! Id of a measure; empty past the end.
  function scenario_measure_id(self, measure) result(answer)
    class(lantian_scenario), intent(in) :: self
    integer, intent(in) :: measure
    character(len=:), allocatable :: answer
    answer = ''
    if (measure < 1 .or. measure > self%measures()) return
    answer = f_text(ltn_scenario_measure_id(self%c_object(), int(measure - 1, c_size_t)))
  end function

  ! ---- projections ----

  ! Told by C, it tells Fortran's procedure.
  integer(c_int) function tell(data, done) bind(c)
    type(c_ptr), value :: data
    real(c_double), value :: done
    type(listener), pointer :: to
    call c_f_pointer(data, to)
    tell = merge(0_c_int, 1_c_int, to%told(done))
  end function

  ! Projects an inventory under a scenario; the projection keeps both alive.
  subroutine projection_run(self, base, scenario, first_year, last_year, threads, strict, no_defaults, progress, status)
    class(lantian_projection), intent(inout) :: self
    class(lantian_inventory), intent(in) :: base
    class(lantian_scenario), intent(in) :: scenario
    integer, intent(in), optional :: first_year, last_year, threads
    logical, intent(in), optional :: strict, no_defaults
    procedure(lantian_progress), optional :: progress
    integer, intent(out), optional :: status
    type(ltn_projection_options), target :: options
    type(listener), target :: to
    type(c_ptr) :: object
    integer(c_int) :: code
    call self%free()
    if (missing(base, 'inventory', status)) return
    if (missing(scenario, 'scenario', status)) return
    options%struct_size = c_sizeof(options)
    options%first_year = value_or(0, first_year)
    options%last_year = value_or(0, last_year)
    options%threads = value_or(0, threads)
    options%strict = flag(strict)
    options%no_defaults = flag(no_defaults)
    if (present(progress)) then
      to%told => progress
      options%progress = c_funloc(tell)
      options%progress_data = c_loc(to)
    end if
    code = ltn_projection_run(base%c_object(), scenario%c_object(), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_projection_free))
    call report(code, status)
  end subroutine

  ! The projected years, the base year first, a view; null for an empty projection.
  function projection_years(self) result(years)
    class(lantian_projection), intent(in) :: self
    integer(c_int), pointer :: years(:)
    type(c_ptr) :: object
    integer(c_size_t) :: count
    years => null()
    if (.not. self%is_set()) return
    object = ltn_projection_years(self%c_object(), count)
    call c_f_pointer(object, years, [count])
  end function

  ! Emissions of a year [t/yr], a view: the rows of the base's emission table, then those of derived()'s. Null where the
  ! year is not projected.
  function projection_emissions(self, year) result(values)
    class(lantian_projection), intent(in) :: self
    integer, intent(in) :: year
    real(c_double), pointer :: values(:)
    type(c_ptr) :: object
    values => null()
    if (.not. self%is_set()) return
    object = ltn_projection_emissions(self%c_object(), int(year, c_int))
    if (c_associated(object)) call c_f_pointer(object, values, &
      [rows_of(ltn_projection_base(self%c_object())) + rows_of(ltn_projection_derived(self%c_object()))])
  end function

  integer(c_size_t) function rows_of(inventory)
    type(c_ptr), intent(in) :: inventory
    rows_of = ltn_table_rows(ltn_inventory_emissions(inventory))
  end function

  ! The rows that measures made, as an inventory.
  subroutine projection_derived(self, inventory, status)
    class(lantian_projection), intent(in) :: self
    class(lantian_inventory), intent(inout) :: inventory
    integer, intent(out), optional :: status
    if (missing(self, 'projection', status)) return
    call view(inventory, ltn_projection_derived(self%c_object()), self)
    call report(0_c_int, status)
  end subroutine

  ! Sums by group: the group's columns, then emission_t [t/yr]. Without lantian_by_year the last year is meant.
  subroutine projection_summarise(self, by, table, region_depth, sector_depth, attribute, scope, status)
    class(lantian_projection), intent(in) :: self
    integer, intent(in) :: by
    class(lantian_table), intent(inout) :: table
    integer, intent(in), optional :: region_depth, sector_depth
    character(len=*), intent(in), optional :: attribute, scope
    integer, intent(out), optional :: status
    type(grouped), target :: sums
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'projection', status)) return
    call group(sums, by, region_depth, sector_depth, attribute, scope)
    code = ltn_projection_summarise_at(self%c_object(), c_loc(sums%grouping), object)
    call take_table(table, code, object, status)
  end subroutine

  ! The changes by group: the group's columns, then delta_t [t/yr]. Without lantian_by_year the last year is meant.
  subroutine projection_ledger(self, by, table, region_depth, sector_depth, attribute, scope, status)
    class(lantian_projection), intent(in) :: self
    integer, intent(in) :: by
    class(lantian_table), intent(inout) :: table
    integer, intent(in), optional :: region_depth, sector_depth
    character(len=*), intent(in), optional :: attribute, scope
    integer, intent(out), optional :: status
    type(grouped), target :: sums
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'projection', status)) return
    call group(sums, by, region_depth, sector_depth, attribute, scope)
    code = ltn_projection_ledger(self%c_object(), c_loc(sums%grouping), object)
    call take_table(table, code, object, status)
  end subroutine

  ! What the run had to say: year, measure, source, code, value, unit, text.
  subroutine projection_notes(self, table, language, status)
    class(lantian_projection), intent(in) :: self
    class(lantian_table), intent(inout) :: table
    integer, intent(in), optional :: language
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'projection', status)) return
    code = ltn_projection_notes(self%c_object(), value_or(lantian_english, language), object)
    call take_table(table, code, object, status)
  end subroutine

  ! What became of one source, year by year and measure by measure.
  subroutine projection_explain(self, source, table, status)
    class(lantian_projection), intent(in) :: self
    character(len=*), intent(in) :: source
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'projection', status)) return
    code = ltn_projection_explain(self%c_object(), c_text(source), object)
    call take_table(table, code, object, status)
  end subroutine

  ! The projected inventory of a year.
  subroutine projection_inventory(self, year, inventory, status)
    class(lantian_projection), intent(in) :: self
    integer, intent(in) :: year
    class(lantian_inventory), intent(inout) :: inventory
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'projection', status)) return
    code = ltn_projection_inventory(self%c_object(), int(year, c_int), object)
    call hold(inventory, object, c_funloc(ltn_inventory_free))
    call report(code, status)
  end subroutine

  ! Writes the tables and result.nc into a folder, as lantian-plan does.
  subroutine projection_write(self, folder, targets, ensemble, language, status)
    class(lantian_projection), intent(in) :: self
    character(len=*), intent(in) :: folder
    class(lantian_targets), intent(in), optional :: targets
    class(lantian_ensemble), intent(in), optional :: ensemble
    integer, intent(in), optional :: language
    integer, intent(out), optional :: status
    type(ltn_output_options), target :: options
    if (missing(self, 'projection', status)) return
    options%struct_size = c_sizeof(options)
    options%language = value_or(lantian_english, language)
    options%ensemble = object_or_null(ensemble)
    call report(ltn_projection_write(self%c_object(), object_or_null(targets), c_loc(options), c_text(folder)), status)
  end subroutine

  ! ---- targets ----

  subroutine targets_read(self, path, complaints, status)
    class(lantian_targets), intent(inout) :: self
    character(len=*), intent(in) :: path
    class(lantian_complaints), intent(inout), optional :: complaints
    integer, intent(out), optional :: status
    type(ltn_read_options), target :: options
    type(c_ptr) :: object
    integer(c_int) :: code
    object = c_null_ptr
    call start_reading(options, complaints, code)
    if (code == lantian_ok) code = ltn_targets_read_csv(c_text(path), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_targets_free))
    call report(code, status)
  end subroutine

  integer function targets_count(self)
    class(lantian_targets), intent(in) :: self
    targets_count = 0
    if (self%is_set()) targets_count = int(ltn_targets_count(self%c_object()))
  end function

  ! Holds a projection against the targets, a row a target: base_t, projected_t, cut_pct, gap_t, met ...
  subroutine targets_check(self, run, table, status)
    class(lantian_targets), intent(in) :: self
    class(lantian_projection), intent(in) :: run
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'list of targets', status)) return
    if (missing(run, 'projection', status)) return
    code = ltn_targets_check(self%c_object(), run%c_object(), object)
    call take_table(table, code, object, status)
  end subroutine

  ! ---- ensembles ----

  ! Draws a projection. Without `by` the sums are by region, pollutant and year; `region_depth` and the others that shape
  ! them go with it.
  subroutine ensemble_run(self, run, draws, seed, threads, sampling, standard_error, targets, by, region_depth, &
    sector_depth, attribute, scope, progress, status)
    class(lantian_ensemble), intent(inout) :: self
    class(lantian_projection), intent(in) :: run
    integer, intent(in), optional :: draws, threads, sampling
    integer(c_int64_t), intent(in), optional :: seed
    real(c_double), intent(in), optional :: standard_error
    class(lantian_targets), intent(in), optional :: targets
    integer, intent(in), optional :: by, region_depth, sector_depth
    character(len=*), intent(in), optional :: attribute, scope
    procedure(lantian_progress), optional :: progress
    integer, intent(out), optional :: status
    type(ltn_ensemble_options), target :: options
    type(grouped), target :: sums
    type(listener), target :: to
    type(c_ptr) :: object
    integer(c_int) :: code
    call self%free()
    if (missing(run, 'projection', status)) return
    if (.not. present(by) .and. (present(region_depth) .or. present(sector_depth) .or. present(attribute) &
                                 .or. present(scope))) then
      call refuse(lantian_eargument, 'a depth, attribute or scope shapes the sums of `by`, which is absent', status)
      return
    end if
    options%struct_size = c_sizeof(options)
    if (present(draws)) options%draws = max(draws, 0)
    if (present(seed)) options%seed = seed
    options%threads = value_or(0, threads)
    options%sampling = value_or(lantian_random, sampling)
    if (present(standard_error)) options%standard_error = standard_error
    options%targets = object_or_null(targets)
    if (present(by)) then
      call group(sums, by, region_depth, sector_depth, attribute, scope)
      options%grouping = c_loc(sums%grouping)
    end if
    if (present(progress)) then
      to%told => progress
      options%progress = c_funloc(tell)
      options%progress_data = c_loc(to)
    end if
    code = ltn_ensemble_run(run%c_object(), c_loc(options), object)
    call hold(self, object, c_funloc(ltn_ensemble_free))
    call report(code, status)
  end subroutine

  subroutine ensemble_read_hdf5(self, path, status)
    class(lantian_ensemble), intent(inout) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    code = ltn_ensemble_read_hdf5(c_text(path), c_null_ptr, object)
    call hold(self, object, c_funloc(ltn_ensemble_free))
    call report(code, status)
  end subroutine

  subroutine ensemble_write_hdf5(self, path, status)
    class(lantian_ensemble), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: status
    if (missing(self, 'ensemble', status)) return
    call report(ltn_ensemble_write_hdf5(self%c_object(), c_null_ptr, c_text(path)), status)
  end subroutine

  integer function ensemble_draw_count(self)
    class(lantian_ensemble), intent(in) :: self
    ensemble_draw_count = 0
    if (self%is_set()) ensemble_draw_count = int(ltn_ensemble_draw_count(self%c_object()))
  end function

  ! The draws of a row of summary() [t/yr], a view; null where they were not kept.
  function ensemble_draws(self, row) result(values)
    class(lantian_ensemble), intent(in) :: self
    integer, intent(in) :: row
    real(c_double), pointer :: values(:)
    type(c_ptr) :: object
    values => null()
    if (row < 1 .or. .not. self%is_set()) return
    object = ltn_ensemble_draws(self%c_object(), int(row - 1, c_size_t))
    if (c_associated(object)) call c_f_pointer(object, values, [self%draw_count()])
  end function

  ! The distributions, a row a sum: emission_t, mean_t, mean_error_t, sd_t, skewness, and p<100 p>_t for each probability.
  subroutine ensemble_summary(self, probabilities, table, status)
    class(lantian_ensemble), intent(in) :: self
    real(c_double), intent(in) :: probabilities(:)
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'ensemble', status)) return
    code = ltn_ensemble_summary(self%c_object(), probabilities, size(probabilities, kind=c_size_t), object)
    call take_table(table, code, object, status)
  end subroutine

  ! What check() says, with the probability that each target is met: p_met.
  subroutine ensemble_targets(self, table, status)
    class(lantian_ensemble), intent(in) :: self
    class(lantian_table), intent(inout) :: table
    integer, intent(out), optional :: status
    type(c_ptr) :: object
    integer(c_int) :: code
    if (missing(self, 'ensemble', status)) return
    code = ltn_ensemble_targets(self%c_object(), object)
    call take_table(table, code, object, status)
  end subroutine
end module lantian
